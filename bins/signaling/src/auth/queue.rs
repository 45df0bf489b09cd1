//! Who waits for an answer, and who waited too long for one.
//!
//! When thousands come back in the same moment, each who is answered too late comes again. Whatever waited too long is therefore left: work for
//! somebody whom the server has turned away already would make all behind him late as well, and nobody would come in.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;

/// How many are answered, and until when.
pub(super) struct Queue {
    /// Worked on at once; further ones wait.
    pub(super) at_once: usize,
    /// May wait; further ones could not be answered in time.
    pub(super) most_waiting: usize,
    /// Whoever waits longer gives up.
    pub(super) patience: Duration,
}

impl Queue {
    /// Works on whatever comes, in that order, until nothing more comes and nothing waits. The work is told how much time it has left; what has none
    /// is not worked on, but counted by `too_late`.
    pub(super) async fn serve<T, W: Future<Output = ()>>(
        &self,
        comes: impl Stream<Item = T> + Send + 'static,
        work: impl Fn(T, Duration) -> W,
        too_late: fn(),
    ) where
        T: Send + 'static,
    {
        let (wait, waiting) = mpsc::channel(self.most_waiting);
        // Taken beside the work: the clock of each begins when he comes.
        tokio::spawn(async move {
            let mut comes = pin!(comes);
            while let Some(item) = comes.next().await {
                if wait.try_send((Instant::now(), item)).is_err() {
                    too_late();
                }
            }
        });
        let waiting = stream::unfold(waiting, |mut waiting| async move { Some((waiting.recv().await?, waiting)) });
        let in_time = waiting.filter_map(async |(came, item): (Instant, T)| {
            let left = self.patience.checked_sub(came.elapsed());
            if left.is_none() {
                too_late();
            }
            Some((item, left?))
        });
        in_time.for_each_concurrent(self.at_once, |(item, left)| work(item, left)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::{Semaphore, mpsc};

    use super::*;

    const QUEUE: Queue = Queue { at_once: 2, most_waiting: 4, patience: Duration::from_millis(500) };

    /// A stream that whoever has the other end fills.
    fn coming() -> (mpsc::UnboundedSender<usize>, impl Stream<Item = usize> + Send + 'static) {
        let (come, comes) = mpsc::unbounded_channel();
        (come, stream::unfold(comes, |mut comes| async move { Some((comes.recv().await?, comes)) }))
    }

    async fn until(fits: impl Fn() -> bool) {
        while !fits() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_waited_too_long_is_left_and_the_next_is_answered() {
        static LATE: AtomicUsize = AtomicUsize::new(0);
        let late = || LATE.load(Ordering::Relaxed);
        let (come, comes) = coming();
        let (gate, begun, answered) = (Semaphore::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = async |who: usize, left: Duration| {
            assert!(left <= QUEUE.patience);
            begun.fetch_add(1, Ordering::Relaxed);
            gate.acquire().await.unwrap().forget();
            answered.lock().unwrap().push(who);
        };
        let serving = QUEUE.serve(comes, &work, || _ = LATE.fetch_add(1, Ordering::Relaxed));
        let story = async {
            // Two are worked on, four wait, and there is no room for the last.
            (0..2).for_each(|who| come.send(who).unwrap());
            until(|| begun.load(Ordering::Relaxed) == 2).await;
            (2..7).for_each(|who| come.send(who).unwrap());
            until(|| late() == 1).await;
            // Until those who wait have given up.
            tokio::time::sleep(QUEUE.patience * 2).await;
            gate.add_permits(2);
            // Work that had begun is done; those behind it have gone, without any.
            until(|| late() == 5).await;
            assert_eq!(*answered.lock().unwrap(), [0, 1]);
            come.send(7).unwrap();
            gate.add_permits(1);
            until(|| answered.lock().unwrap().len() == 3).await;
            drop(come);
        };
        tokio::join!(serving, story);
        assert_eq!((answered.into_inner().unwrap(), late()), (vec![0, 1, 7], 5));
    }

    #[tokio::test]
    async fn what_waits_when_no_more_comes_is_still_answered() {
        let (come, comes) = coming();
        let answered = AtomicUsize::new(0);
        (0..4).for_each(|who| come.send(who).unwrap());
        drop(come);
        let work = async |_, _| _ = answered.fetch_add(1, Ordering::Relaxed);
        QUEUE.serve(comes, &work, || panic!("nobody was late")).await;
        assert_eq!(answered.into_inner(), 4);
    }
}
