//! Checkpoints beside a run: what it committed is carried from the log into the database on a thread of its own, so that
//! the disk and the run work at the same time.
//!
//! Takes a run's connection in WAL mode, and hears after each commit how long the log is. The run waits only where
//! the log would grow without end. A checkpoint that fails does no harm: what is in the log is committed.

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Pages in the log from which on checkpoints begin: 16 MiB of them, as each waits for the disk twice.
const FEW: i32 = 4000;

/// Pages in the log at which the run waits until all of it is carried over, so that it begins anew.
const MANY: i32 = 32_000;

/// Checkpoints of one database. The thread begins with the first that is wanted.
#[derive(Debug, Default)]
pub struct Checkpoints {
    worker: Arc<Mutex<Option<Worker>>>,
}

impl Checkpoints {
    /// Beside this connection from now on, where it is one to a file. They take the place of SQLite's own.
    pub fn beside(connection: &mut Connection) -> rusqlite::Result<Self> {
        let checkpoints = Self::default();
        let Some(path) = connection.path().filter(|path| !path.is_empty()).map(PathBuf::from) else {
            return Ok(checkpoints);
        };
        let worker = Arc::clone(&checkpoints.worker);
        connection.wal_hook(Some(move |_: &mut Wal, pages: i32| {
            if pages >= FEW {
                locked(&worker).get_or_insert_with(|| Worker::start(path.clone())).ask(pages >= MANY);
            }
            Ok(())
        }))?;
        Ok(checkpoints)
    }

    /// Ends the thread and closes its connection: for statements that must be alone with the database.
    pub fn rest(&self) {
        drop(locked(&self.worker).take());
    }
}

/// What was asked for, and what was done.
#[derive(Debug, Default)]
struct Orders {
    asked: u64,
    done: u64,
    over: bool,
}

#[derive(Debug)]
struct Worker {
    shared: Arc<(Mutex<Orders>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn start(path: PathBuf) -> Self {
        let shared = Arc::<(Mutex<Orders>, Condvar)>::default();
        let theirs = Arc::clone(&shared);
        Self { shared, thread: Some(std::thread::spawn(move || work(&path, &theirs))) }
    }

    /// Asks for a checkpoint; waits for its end where the log is long.
    fn ask(&self, wait: bool) {
        let (orders, changed) = &*self.shared;
        let mut orders = locked(orders);
        orders.asked += 1;
        let asked = orders.asked;
        changed.notify_all();
        while wait && orders.done < asked {
            orders = changed.wait(orders).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        locked(&self.shared.0).over = true;
        self.shared.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Checkpoints whenever one was asked for since the last began, until it is over.
fn work(path: &Path, shared: &(Mutex<Orders>, Condvar)) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags);
    loop {
        let asked = {
            let mut orders = locked(&shared.0);
            while orders.asked == orders.done && !orders.over {
                orders = shared.1.wait(orders).unwrap_or_else(PoisonError::into_inner);
            }
            if orders.over {
                return;
            }
            orders.asked
        };
        if let Ok(connection) = &connection {
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        locked(&shared.0).done = asked;
        shared.1.notify_all();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
