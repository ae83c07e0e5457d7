//! The promises of the crate, tried with channels as gates: no test waits for a time to pass.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{Cancelled, Job, JobContext, JobFailure, Jobs, Priority};

const LONG: Duration = Duration::from_secs(20);

/// Occupies one thread until the sender is used or dropped; returns once it runs.
fn blocker(jobs: &Jobs, priority: Priority) -> (Job<()>, SyncSender<()>) {
    let (release, gate) = sync_channel::<()>(1);
    let (running, started) = sync_channel::<()>(1);
    let job = jobs.spawn(priority, "block", move |_: &JobContext| -> Result<(), JobFailure> {
        running.send(())?;
        let _ = gate.recv();
        Ok(())
    });
    started.recv_timeout(LONG).expect("starts");
    (job, release)
}

fn note(jobs: &Jobs, priority: Priority, name: &'static str, log: &Arc<Mutex<Vec<&'static str>>>) -> Job<()> {
    let log = log.clone();
    jobs.spawn(priority, name, move |_: &JobContext| -> Result<(), Cancelled> {
        log.lock().expect("log").push(name);
        Ok(())
    })
}

fn names(log: &Arc<Mutex<Vec<&'static str>>>) -> Vec<&'static str> {
    log.lock().expect("log").clone()
}

#[test]
fn visible_work_runs_first_and_newest_first_then_the_rest_in_order() {
    let jobs = Jobs::new(1).expect("threads");
    let log = Arc::default();
    let (_first, release) = blocker(&jobs, Priority::Normal);
    let held = [
        note(&jobs, Priority::Background, "background", &log),
        note(&jobs, Priority::Normal, "normal 1", &log),
        note(&jobs, Priority::Normal, "normal 2", &log),
        note(&jobs, Priority::Visible, "old tile", &log),
        note(&jobs, Priority::Visible, "new tile", &log),
    ];
    let titles: Vec<String> = jobs.live().into_iter().map(|s| s.title).collect();
    assert_eq!(titles, ["block", "new tile", "old tile", "normal 1", "normal 2", "background"]);
    drop(release);
    for job in held {
        job.wait().expect("runs");
    }
    assert_eq!(names(&log), ["new tile", "old tile", "normal 1", "normal 2", "background"]);
}

#[test]
fn a_job_dropped_while_queued_leaves_the_queue_and_never_runs() {
    let jobs = Jobs::new(1).expect("threads");
    let log = Arc::default();
    let (_first, release) = blocker(&jobs, Priority::Normal);
    let unwanted = note(&jobs, Priority::Visible, "unwanted", &log);
    let wanted = note(&jobs, Priority::Background, "wanted", &log);
    drop(unwanted);
    assert_eq!(jobs.live().len(), 2);
    drop(release);
    wanted.wait().expect("runs");
    assert_eq!(names(&log), ["wanted"]);
}

#[test]
fn what_a_cancelled_queued_job_holds_is_released_at_once() {
    let jobs = Jobs::new(1).expect("threads");
    let (_first, _release) = blocker(&jobs, Priority::Normal);
    let held = Arc::new(());
    let inside = held.clone();
    let job = jobs.spawn(Priority::Normal, "holds", move |_: &JobContext| -> Result<(), Cancelled> {
        drop(inside);
        Ok(())
    });
    assert!(jobs.cancel(job.id()));
    assert_eq!(Arc::strong_count(&held), 1);
    assert!(matches!(job.poll(), Some(Err(JobFailure::Cancelled))));
    assert!(!jobs.cancel(job.id()), "it is gone");
}

#[test]
fn a_running_job_sees_its_cancel_and_ends_as_cancelled_whatever_error_it_returns() {
    let jobs = Jobs::new(1).expect("threads");
    let (running, started) = sync_channel(16);
    let job = jobs.spawn(Priority::Normal, "spin", move |ctx: &JobContext| -> Result<(), std::io::Error> {
        let _ = running.send(());
        while ctx.check().is_ok() {
            std::thread::yield_now();
        }
        Err(std::io::Error::other("interrupted"))
    });
    started.recv_timeout(LONG).expect("starts");
    job.cancel();
    assert!(job.wait().is_err_and(|f| f.is_cancelled()));
}

#[test]
fn a_panic_is_that_jobs_failure_and_the_thread_lives_on() {
    let jobs = Jobs::new(1).expect("threads");
    let job = jobs.spawn(Priority::Normal, "bug", |ctx: &JobContext| -> Result<(), Cancelled> {
        assert!(ctx.is_cancelled(), "index {} is out of range", 7);
        Ok(())
    });
    let failure = job.wait().expect_err("panics");
    assert_eq!(failure.to_string(), "this is a bug: index 7 is out of range");
    let next = jobs.spawn(Priority::Normal, "next", |_: &JobContext| Ok::<_, Cancelled>(5));
    assert_eq!(next.wait().expect("runs"), 5);
}

#[test]
fn errors_keep_their_type_and_words() {
    let jobs = Jobs::new(1).expect("threads");
    let job = jobs.spawn(Priority::Normal, "parse", |_: &JobContext| "x".parse::<u32>());
    let failure = job.wait().expect_err("not a number");
    assert!(failure.error::<std::num::ParseIntError>().is_some());
    assert_eq!(failure.to_string(), "invalid digit found in string");
}

#[test]
fn progress_rate_and_warnings_are_seen_while_it_runs_and_warnings_after() {
    let jobs = Jobs::new(1).expect("threads");
    let (said, heard) = sync_channel(16);
    let (release, gate): (SyncSender<()>, Receiver<()>) = sync_channel(16);
    let job = jobs.spawn(Priority::Normal, "count", move |ctx: &JobContext| -> Result<(), JobFailure> {
        ctx.progress(30, 120);
        for n in 0..150 {
            ctx.warn(format!("row {n} is odd"));
        }
        said.send(())?;
        let _ = gate.recv();
        Ok(())
    });
    heard.recv_timeout(LONG).expect("runs");
    let status = jobs.live().remove(0);
    assert_eq!((status.done, status.total, status.share()), (30, 120, Some(0.25)));
    let (rate, left) = (status.rate.expect("known"), status.remaining_s.expect("known"));
    assert!((rate * left - 90.0).abs() < 1e-6);
    drop(release);
    assert!(job.wait_for(LONG).is_some_and(|r| r.is_ok()));
    let warnings = job.warnings();
    assert_eq!(
        (warnings.len(), warnings[0].as_str(), warnings[100].as_str()),
        (101, "row 0 is odd", "and 50 more")
    );
    assert!(matches!(job.poll(), Some(Err(JobFailure::Taken))));
}

#[test]
fn of_too_many_visible_requests_the_oldest_gives_way_and_of_others_the_newest() {
    let jobs = Jobs::with_capacity(1, 2).expect("threads");
    let log = Arc::default();
    let (_first, release) = blocker(&jobs, Priority::Normal);
    let tiles = ["1", "2", "3"].map(|n| note(&jobs, Priority::Visible, n, &log));
    let others = ["a", "b", "c"].map(|n| note(&jobs, Priority::Normal, n, &log));
    assert!(matches!(tiles[0].poll(), Some(Err(JobFailure::Crowded))));
    assert!(matches!(others[2].poll(), Some(Err(JobFailure::Crowded))));
    drop(release);
    for job in tiles.into_iter().skip(1).chain(others.into_iter().take(2)) {
        job.wait().expect("runs");
    }
    assert_eq!(names(&log), ["3", "2", "a", "b"]);
}

#[test]
fn long_work_leaves_a_thread_for_what_is_visible_and_one_for_what_is_awaited() {
    let jobs = Jobs::new(3).expect("threads");
    let log = Arc::default();
    let (_b1, release_background) = blocker(&jobs, Priority::Background);
    let background = note(&jobs, Priority::Background, "second background", &log);
    let (_n1, release_normal) = blocker(&jobs, Priority::Normal);
    let normal = note(&jobs, Priority::Normal, "second normal", &log);
    note(&jobs, Priority::Visible, "tile", &log).wait().expect("runs beside the long ones");
    assert_eq!(names(&log), ["tile"]);
    drop(release_normal);
    normal.wait().expect("runs");
    assert_eq!(names(&log), ["tile", "second normal"]);
    drop(release_background);
    background.wait().expect("runs");
}

#[test]
fn the_window_is_woken_after_the_result_is_there_and_survives_a_bad_callback() {
    let jobs = Jobs::new(1).expect("threads");
    let (woken, wakes) = sync_channel(16);
    jobs.on_change(move || {
        let _ = woken.send(());
    });
    let job = jobs.spawn(Priority::Normal, "one", |_: &JobContext| Ok::<_, Cancelled>(1));
    let mut calls = 0;
    while job.poll().is_none() {
        wakes.recv_timeout(LONG).expect("a wake follows the result");
        calls += 1;
    }
    assert!(calls <= 3);
    jobs.on_change(|| panic!("callback"));
    let job = jobs.spawn(Priority::Normal, "two", |_: &JobContext| Ok::<_, Cancelled>(2));
    assert_eq!(job.wait().expect("runs"), 2);
}

#[test]
fn dropping_the_pool_cancels_what_runs_and_what_waits() {
    let jobs = Jobs::new(1).expect("threads");
    let ran = Arc::new(AtomicUsize::new(0));
    let (running, started) = sync_channel(16);
    let spinning = jobs.spawn(Priority::Normal, "spin", move |ctx: &JobContext| -> Result<(), Cancelled> {
        let _ = running.send(());
        loop {
            ctx.check()?;
            std::thread::yield_now();
        }
    });
    started.recv_timeout(LONG).expect("starts");
    let count = ran.clone();
    let waiting = jobs.spawn(Priority::Normal, "wait", move |_: &JobContext| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok::<_, Cancelled>(())
    });
    drop(jobs);
    assert!(matches!(spinning.poll(), Some(Err(JobFailure::Cancelled))));
    assert!(matches!(waiting.poll(), Some(Err(JobFailure::Cancelled))));
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[test]
fn a_thousand_jobs_spawned_and_dropped_from_many_threads_all_end() {
    let jobs = Arc::new(Jobs::new(4).expect("threads"));
    let ran = Arc::new(AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for seed in 0..4_usize {
            let (jobs, ran) = (jobs.clone(), ran.clone());
            scope.spawn(move || {
                let priorities = [Priority::Visible, Priority::Normal, Priority::Background];
                for n in 0..250 {
                    let ran = ran.clone();
                    let job = jobs.spawn(priorities[(n + seed) % 3], "tiny", move |_: &JobContext| {
                        ran.fetch_add(1, Ordering::SeqCst);
                        Ok::<_, Cancelled>(())
                    });
                    if n % 3 == 0 {
                        drop(job);
                    } else {
                        job.wait().expect("runs");
                    }
                }
            });
        }
    });
    assert!((664..=1000).contains(&ran.load(Ordering::SeqCst)));
    drop(jobs);
}

#[test]
fn a_job_that_runs_alone_keeps_no_other_waiting_is_listed_stops_and_ends_with_the_pool() {
    let jobs = Jobs::new(1).expect("threads");
    let (running, started) = sync_channel::<()>(1);
    let long = jobs.spawn_alone("teach", move |ctx: &JobContext| -> Result<(), JobFailure> {
        running.send(())?;
        loop {
            ctx.check()?;
            std::thread::yield_now();
        }
    });
    started.recv_timeout(LONG).expect("starts at once");
    let short = jobs.spawn(Priority::Background, "short", |_: &JobContext| Ok::<_, Cancelled>(7));
    assert_eq!(short.wait_for(LONG).expect("the pool's only thread is free").expect("runs"), 7);
    let listed = || jobs.live().into_iter().map(|job| job.title).collect::<Vec<String>>();
    // A job gives its result before it leaves the list.
    let until = std::time::Instant::now() + LONG;
    while listed() != ["teach"] && std::time::Instant::now() < until {
        std::thread::yield_now();
    }
    assert_eq!(listed(), ["teach"]);
    assert!(jobs.cancel(long.id()), "it can be stopped from the list");
    assert!(matches!(long.wait_for(LONG), Some(Err(JobFailure::Cancelled))));
    let other = jobs.spawn_alone("again", |ctx: &JobContext| -> Result<(), JobFailure> {
        while !ctx.is_cancelled() {
            std::thread::yield_now();
        }
        Ok(ctx.check()?)
    });
    drop(jobs);
    assert!(matches!(other.poll(), Some(Err(JobFailure::Cancelled))), "the pool waited for it");
}
