//! Money rules as a whole: the worked cases, and properties over random tariffs and timelines.

mod leg;
mod meter;
mod prediction;
mod random;
mod split;
mod vectors;
