package jenkinsgen.jvm;

import java.io.Serializable;

/** The global {@code scm} of a multibranch job: only {@code checkout} knows what to do with it. */
record Scm() implements Serializable {}
