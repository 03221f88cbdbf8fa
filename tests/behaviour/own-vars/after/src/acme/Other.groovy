class Other { /* , edited */ }
