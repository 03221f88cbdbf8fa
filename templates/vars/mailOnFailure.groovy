// Rendered by jenkinsgen. Mails when its body fails.

import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

def call(Map arguments, Closure body) {
    Map mail = stepSupport.arguments('mailOnFailure', arguments, [recipients: 'list'], [via: 'emailext'])
    stepSupport.oneOf('mailOnFailure', 'via', mail.via, ['emailext', 'mailer'])
    stepSupport.checkRecipients('mailOnFailure', mail.recipients)
    try {
        return body()
    } catch (FlowInterruptedException abort) {
        // Somebody aborted it, its time was up, or a newer build superseded it.
        throw abort
    } catch (Throwable failure) {
        sendMail(via: mail.via, recipients: mail.recipients, result: 'FAILURE', event: "${env.STAGE_NAME ?: 'The build'} failed")
        throw failure
    }
}
