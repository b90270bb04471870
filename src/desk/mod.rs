//! What the counter asks, composed from the facades.
