// Rendered by jenkinsgen. Sends one mail about this build; a mail that can't be sent never fails the build.

import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

def call(Map arguments) {
    Map mail = stepSupport.arguments('sendMail', arguments,
        [recipients: 'list', result: 'text', event: 'text'], [via: 'emailext'])
    stepSupport.checkRecipients('sendMail', mail.recipients)
    Map classes = [
        culprits: 'CulpritsRecipientProvider', developers: 'DevelopersRecipientProvider', requester: 'RequesterRecipientProvider',
    ]
    List providers = []
    List addresses = []
    for (recipient in mail.recipients) {
        if (classes.containsKey(recipient)) {
            providers.add([$class: classes.get(recipient)])
        } else {
            addresses.add(recipient)
        }
    }
    try {
        if (mail.via == 'mailer') {
            sendByMailer(mail.result, providers, addresses)
        } else {
            // Email Extension expands $TOKENS, so nothing that comes from outside may hold one.
            String event = mail.event.replace('$', '')
            emailext(
                to: addresses.join(','),
                recipientProviders: providers,
                subject: '$PROJECT_NAME #$BUILD_NUMBER: ' + event,
                body: '$PROJECT_NAME #$BUILD_NUMBER: ' + event + '\n\n$BUILD_URL\n',
            )
        }
    } catch (FlowInterruptedException abort) {
        throw abort
    } catch (Throwable problem) {
        // Also an Error: a step whose plugin is missing throws NoSuchMethodError.
        echo("The mail could not be sent: ${problem.message}")
    }
}

def sendByMailer(String result, List providers, List addresses) {
    // Mailer decides by the result of the build, which is not set before the build ends.
    currentBuild.result = result
    if (providers) {
        addresses.addAll(emailextrecipients(providers).tokenize())
    }
    step([$class: 'Mailer', recipients: addresses.join(' '), notifyEveryUnstableBuild: true, sendToIndividuals: false])
}
