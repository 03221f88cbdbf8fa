package jenkinsgen.jvm;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

/** How many test cases there are in the files that {@code junit} reads. */
record TestReports(int total, int failed, int skipped) {
    /** Of the files below a folder that match one of the patterns between commas. */
    static TestReports read(Path folder, String patterns)
            throws IOException, ParserConfigurationException, SAXException {
        var matchers = List.of(patterns.split(",")).stream()
                .map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern.strip()))
                .toList();
        List<Path> files;
        try (var paths = Files.walk(folder)) {
            files = paths.filter(Files::isRegularFile).filter(path -> matchers.stream()
                    .anyMatch(matcher -> matcher.matches(folder.relativize(path)))).toList();
        }
        int total = 0;
        int failed = 0;
        int skipped = 0;
        for (Path file : files) {
            Document report = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                    .parse(file.toFile());
            total += count(report, "testcase");
            failed += count(report, "failure") + count(report, "error");
            skipped += count(report, "skipped");
        }
        return new TestReports(total, failed, skipped);
    }

    private static int count(Document report, String element) {
        return report.getElementsByTagName(element).getLength();
    }
}
