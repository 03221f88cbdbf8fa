// Rendered by jenkinsgen. Runs its body, then some last parts whatever came of it; the first error is the one that counts.

def call(Map arguments, Closure body) {
    Map last = stepSupport.arguments('lastly', arguments, [parts: 'list'], [:])
    Throwable first = null
    for (Closure part in [body] + last.parts) {
        try {
            part()
        } catch (Throwable problem) {
            if (first == null) {
                first = problem
            } else {
                echo("What runs at the end failed too: ${problem.message}")
            }
        }
    }
    if (first != null) {
        throw first
    }
}
