//! An RTMP server on this machine that asks the test which keys are good and records what it is sent. The whole-system tests use it too.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const LISTENS_WITHIN: Duration = Duration::from_secs(30);

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port()
}

/// nginx with its RTMP module. The stream key `good` is let in.
pub(crate) struct Nginx {
    child: Child,
    port: u16,
    dir: PathBuf,
    _keys: Listener,
}

impl Nginx {
    pub(crate) fn start(dir: &Path, port: u16) -> Self {
        let keys = Listener::start(0, |mut stream| {
            let mut request = [0_u8; 4096];
            let n = stream.read(&mut request).unwrap_or(0);
            let good = String::from_utf8_lossy(&request[..n]).contains("name=good");
            let status = if good { "200 OK" } else { "403 Forbidden" };
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        let module = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules"]
            .map(|folder| Path::new(folder).join("ngx_rtmp_module.so"))
            .into_iter()
            .find(|path| path.exists())
            .expect("install nginx and libnginx-mod-rtmp");
        let recorded = dir.join("recorded");
        fs::create_dir_all(&recorded).expect("a folder");
        let config = format!(
            "load_module {module};\ndaemon off;\nmaster_process off;\npid {dir}/nginx.pid;\nerror_log {dir}/error.log info;\n\
             events {{}}\nrtmp {{ server {{ listen 127.0.0.1:{port}; application live {{ live on; record all; record_path {recorded};\n\
             record_unique on; on_publish http://127.0.0.1:{keys}/; }}\n\
             application other {{ live on; on_publish http://127.0.0.1:{keys}/; }} }} }}\n",
            module = module.display(),
            dir = dir.display(),
            recorded = recorded.display(),
            keys = keys.port,
        );
        fs::write(dir.join("nginx.conf"), config).expect("a configuration");
        let nginx =
            ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].into_iter().find(|p| Path::new(p).exists()).unwrap_or("nginx");
        let child = Command::new(nginx)
            .arg("-p")
            .arg(dir)
            .arg("-c")
            .arg(dir.join("nginx.conf"))
            .stderr(Stdio::null())
            .spawn()
            .expect("install nginx and libnginx-mod-rtmp");
        let deadline = Instant::now() + LISTENS_WITHIN;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "nginx does not listen on {port}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Self { child, port, dir: recorded, _keys: keys }
    }

    pub(crate) fn url(&self, key: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{key}", self.port)
    }

    /// Where it listens.
    #[allow(dead_code, reason = "the whole-system tests ask for whole addresses alone")]
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it has recorded.
    pub(crate) fn recorded(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.dir).expect("its folder");
        let mut files: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
        files.sort();
        files
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server on this machine that does one thing with every connection.
pub(crate) struct Listener {
    pub(crate) port: u16,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(crate) fn start(port: u16, serve: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                serve(stream.expect("a connection"));
            }
        });
        Self { port, over, thread: Some(thread) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
