package jenkinsgen.jvm;

/**
 * A step is called in a way that Jenkins would refuse or, worse, pass over. No emitted {@code catch
 * (Exception)} takes it for a failure of the step, and the run counts it besides.
 */
final class Misuse extends Error {
    private static final long serialVersionUID = 1L;

    Misuse(String message) {
        super(message);
    }
}
