package hudson;

import java.io.IOException;

/** Stand-in for the exception of steps that fail in a way that needs no stack trace. */
public class AbortException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message what the build's log shows */
    public AbortException(String message) {
        super(message);
    }
}
