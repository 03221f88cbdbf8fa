// Rendered by jenkinsgen. Mails when a branch is back to normal after a failure.

def call(Map arguments) {
    Map mail = stepSupport.arguments('mailOnRecovery', arguments, [recipients: 'list'], [via: 'emailext'])
    stepSupport.oneOf('mailOnRecovery', 'via', mail.via, ['emailext', 'mailer'])
    stepSupport.checkRecipients('mailOnRecovery', mail.recipients)
    def earlier = currentBuild.previousCompletedBuild
    while (earlier != null && earlier.result in ['ABORTED', 'NOT_BUILT']) {
        // Neither tells whether the branch is well.
        earlier = earlier.previousCompletedBuild
    }
    if (earlier != null && earlier.result in ['FAILURE', 'UNSTABLE']) {
        sendMail(via: mail.via, recipients: mail.recipients, result: 'SUCCESS', event: 'is back to normal')
    }
}
