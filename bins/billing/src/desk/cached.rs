//! A figure that many consoles ask for and that is dear to make: made anew only when it is older than asked for.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// A figure with its age. Whoever finds it too old makes it; the others wait for him.
#[derive(Debug)]
pub(super) struct Cached<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Cached<T> {
    /// The figure, no older than `age`. A failure keeps nothing.
    pub(super) async fn get<E>(&self, age: Duration, make: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mut kept = self.0.lock().await;
        if let Some((made, value)) = kept.as_ref().filter(|(made, _)| made.elapsed() < age) {
            tracing::trace!(age = ?made.elapsed(), "kept");
            return Ok(value.clone());
        }
        let value = make.await?;
        *kept = Some((Instant::now(), value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_figure_is_made_once_while_it_is_young() {
        let cached = Cached::default();
        let make = async |n: i32| Ok::<_, ()>(n);
        assert_eq!(cached.get(Duration::from_mins(1), make(1)).await, Ok(1));
        assert_eq!(cached.get(Duration::from_mins(1), make(2)).await, Ok(1));
        assert_eq!(cached.get(Duration::ZERO, make(3)).await, Ok(3));
        assert_eq!(cached.get(Duration::ZERO, async { Err::<i32, _>(()) }).await, Err(()));
        assert_eq!(cached.get(Duration::from_mins(1), make(4)).await, Ok(3));
    }
}
