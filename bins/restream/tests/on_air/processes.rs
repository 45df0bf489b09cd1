//! The processes of a house: who is whose child, stopped and killed, and one more worker beside the house's own.

use std::process::{Child, Command, Stdio};

use callboard_tests::{House, PATIENCE, eventually};
use rustix::process::{Pid, Signal, kill_process};

use crate::server::free_port;

/// The children of a process.
pub(crate) fn children(of: u32) -> Vec<u32> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may hold blanks and parentheses itself.
        stat.rsplit_once(") ")?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| parent(*pid) == Some(of)).collect()
}

/// The process of the programme that a worker runs.
pub(crate) fn programme(worker: u32) -> Option<u32> {
    children(worker).first().copied()
}

pub(crate) fn is_there(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}

pub(crate) fn kill(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

/// A process and its children that do nothing until this is dropped: their connections stay, and nobody answers.
pub(crate) struct Frozen(Vec<u32>);

impl Frozen {
    pub(crate) fn with_children(pid: u32) -> Self {
        // It first, so that it makes no more of them.
        kill(pid, Signal::STOP);
        let mut all = children(pid);
        for child in &all {
            kill(*child, Signal::STOP);
        }
        all.push(pid);
        Self(all)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for pid in self.0.iter().filter(|pid| is_there(**pid)) {
            kill(*pid, Signal::CONT);
        }
    }
}

/// One more worker, with the settings of the house's own but for where it listens. It ends with the test.
pub(crate) struct Second(Child);

impl Second {
    pub(crate) async fn beside(house: &House) -> Self {
        let own = house.pid("restream").unwrap();
        let environment = std::fs::read(format!("/proc/{own}/environ")).unwrap();
        let text = String::from_utf8(environment).unwrap();
        let settings = text.split('\0').filter_map(|pair| pair.split_once('='));
        let (http, hls) = (free_port(), free_port());
        let log = std::fs::File::create(house.dir().log("second")).unwrap();
        let worker = Command::new(std::fs::read_link(format!("/proc/{own}/exe")).unwrap())
            .env_clear()
            .envs(settings)
            .env("CALLBOARD_HTTP_LISTEN", format!("127.0.0.1:{http}"))
            .env("CALLBOARD_HLS_LISTEN", format!("127.0.0.1:{hls}"))
            .current_dir(house.dir().path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let second = Self(worker);
        let ready = format!("http://127.0.0.1:{http}/readyz");
        eventually("a second worker that is ready", PATIENCE, || async {
            let ready = ready.clone();
            let asked = tokio::task::spawn_blocking(move || ureq::get(&ready).call().is_ok());
            asked.await.unwrap().then_some(())
        })
        .await;
        second
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Ends it as a power failure would.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        // It may be dead already, as the test wants it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
