//! Subjects of work that one worker takes, keeps alive while it does it, and acknowledges when it is done.

use callboard_domain::ProgrammeId;

/// The name of the stream of jobs, a work queue: what is done is gone.
pub const STREAM: &str = "JOB";
/// All jobs.
pub const ALL: &str = "job.>";
/// Programmes that wait for a worker or are being run by one. There is at most one job per programme at any time.
pub const PROGRAMMES: &str = "job.restream.programme.*";
/// The durable consumer that all copies of the restream worker share.
pub const RESTREAM: &str = "restream";

/// The job of one programme.
pub fn programme(programme: ProgrammeId) -> String {
    format!("job.restream.programme.{programme}")
}

/// What whoever takes jobs of the durable consumer must be allowed to publish.
pub(crate) fn consumer_requests(durable: &str) -> [String; 5] {
    [
        format!("$JS.API.CONSUMER.CREATE.{STREAM}.{durable}.>"),
        format!("$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.{durable}"),
        format!("$JS.API.CONSUMER.INFO.{STREAM}.{durable}"),
        format!("$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{durable}"),
        format!("$JS.ACK.{STREAM}.{durable}.>"),
    ]
}
