package jenkinsgen.jvm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/** What the builds of one job share: locks and milestones. Each build is a process of its own. */
final class Controller {
    private final Path folder;
    private final int build;
    private final Deque<FileChannel> held = new ArrayDeque<>();
    private int milestone;

    /** Of a build; without a folder it is alone. */
    Controller(String folder, String build) {
        this.folder = folder == null ? null : Path.of(folder);
        this.build = folder == null ? 0 : Integer.parseInt(build);
    }

    /** Waits for a resource. */
    void lock(String resource) throws IOException {
        if (folder == null) {
            return;
        }
        Files.createDirectories(folder);
        var channel = FileChannel.open(folder.resolve(resource + ".lock"),
                StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.lock();
        held.push(channel);
    }

    /** Releases the resource that was locked last. */
    void unlock() throws IOException {
        if (folder != null) {
            held.pop().close();
        }
    }

    /** Reaches the next milestone, and says whether no newer build has been there. */
    boolean passMilestone() throws IOException {
        if (folder == null) {
            return true;
        }
        milestone++;
        lock("milestones");
        try {
            Path file = folder.resolve("milestone-" + milestone);
            int newest = Files.exists(file) ? Integer.parseInt(Files.readString(file)) : 0;
            Files.writeString(file, String.valueOf(Math.max(newest, build)));
            return newest <= build;
        } finally {
            unlock();
        }
    }
}
