// A package of that name.
