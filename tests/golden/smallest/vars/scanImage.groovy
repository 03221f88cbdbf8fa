// Rendered by jenkinsgen. Scans an image for vulnerabilities before it is pushed, and publishes a report.

def call(Map arguments) {
    Map scan = stepSupport.arguments('scanImage', arguments, [image: 'map'], [
        failOn: 'high', onlyFixed: false, scope: 'squashed', matchGoByCpe: false, reportTitle: 'Grype report', program: 'grype',
    ])
    stepSupport.oneOf('scanImage', 'failOn', scan.failOn, ['negligible', 'low', 'medium', 'high', 'critical', 'never'])
    stepSupport.oneOf('scanImage', 'scope', scan.scope, ['squashed', 'all-layers', 'deep-squashed'])
    Map image = stepSupport.image('scanImage', scan.image)
    // Not below the image's folder, which may belong to the user of another container.
    String folder = "${env.WORKSPACE_TMP}/scans/${image.name}"
    String report = "${folder}/report"
    writeResource('acme/grype/report.tmpl', "${folder}/report.tmpl")
    writeResource('acme/grype/report.css', "${report}/report.css")

    List argv = [scan.program, "oci-dir:${image.folder}/oci", '--scope', scan.scope,
        '--output', "template=${report}/report.html", '--template', "${folder}/report.tmpl",
        '--output', "json=${report}/grype-report.json"]
    if (scan.failOn != 'never') {
        argv.addAll(['--fail-on', scan.failOn])
    }
    if (scan.onlyFixed) {
        argv.add('--only-fixed')
    }
    int status = 0
    // Outside the workspace: a .grype.yaml of the checkout could ignore what it likes.
    dir(folder) {
        withEnv(["GRYPE_MATCH_GOLANG_USING_CPES=${scan.matchGoByCpe}", 'GRYPE_CHECK_FOR_APP_UPDATE=false']) {
            status = sh(label: "Scan the image ${image.name}", returnStatus: true, script: stepSupport.script([argv]))
        }
    }

    stepSupport.runAll([
        { judge(scan, image, status, report) },
        {
            publishHTML(target: [
                reportName: scan.reportTitle,
                reportTitles: scan.reportTitle,
                reportDir: report,
                reportFiles: 'report.html',
                includes: 'report.html,report.css,grype-report.json',
                keepAll: true,
                alwaysLinkToLastBuild: true,
                allowMissing: false,
            ])
        },
    ])
}

/** Fails unless the image was scanned and has nothing that matters. */
void judge(Map scan, Map image, int status, String report) {
    // grype exits with 2 for findings, but also if it has findings and can't finish the report.
    if (!(status in [0, 2]) || !isComplete("${report}/report.html")) {
        writeResource('acme/grype/scan-failed.html', "${report}/report.html")
        error("scanImage: the scan of ${image.name} itself failed with exit code ${status}")
    }
    if (status == 2) {
        error("scanImage: ${image.name} has vulnerabilities of severity ${scan.failOn} or above, see '${scan.reportTitle}'")
    }
}

void writeResource(String resource, String file) {
    writeFile(file: file, text: libraryResource(resource: resource, encoding: 'UTF-8'), encoding: 'UTF-8')
}

boolean isComplete(String report) {
    return sh(label: 'Check that the report is complete', returnStatus: true, script: stepSupport.script([['grep', '-q', '</html>', report]])) == 0
}
