class Other { /*  */ }
