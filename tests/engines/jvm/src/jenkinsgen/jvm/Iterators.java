package jenkinsgen.jvm;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A Groovy category. The iterator of {@code for (x in list)} and the views of a map live across
 * steps; the JDK's can't be saved. Jenkins replaces them in the same way (its class IteratorHack).
 */
public final class Iterators {
    private Iterators() {}

    private static final class Saved<T> implements Iterator<T>, Serializable {
        private static final long serialVersionUID = 1L;
        private final ArrayList<T> items;
        private int next;

        Saved(Collection<T> items) {
            this.items = new ArrayList<>(items);
        }

        @Override
        public boolean hasNext() {
            return next < items.size();
        }

        @Override
        public T next() {
            return items.get(next++);
        }
    }

    /** For {@code for (x in list)}. */
    public static <T> Iterator<T> iterator(List<T> list) {
        return new Saved<>(list);
    }

    /** For {@code for (x in map.keySet())}. */
    public static <K> Collection<K> keySet(Map<K, ?> map) {
        return new ArrayList<>(map.keySet());
    }
}
