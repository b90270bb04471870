//! Time: instants in UTC seconds, windows that are half-open, calendar days in the shop's zone. The
//! clock is a value.

use chrono::{
    DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// An instant, in seconds since 1970 UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Moment(pub i64);

/// The first and the last instant a shop's file may name: 2000-01-01 and 2100-01-01.
pub const MOMENT_MIN: Moment = Moment(946_684_800);
pub const MOMENT_MAX: Moment = Moment(4_102_444_800);

impl Moment {
    pub fn plus_minutes(self, minutes: i64) -> Moment {
        Moment(self.0 + minutes * 60)
    }

    pub fn floor_minute(self) -> Moment {
        Moment(self.0.div_euclid(60) * 60)
    }

    pub fn ceil_minute(self) -> Moment {
        Moment((self.0 + 59).div_euclid(60) * 60)
    }

    /// Whole minutes from `earlier` to here, a begun minute counted; 0 where `earlier` is later.
    pub fn minutes_after(self, earlier: Moment) -> i64 {
        (self.0 - earlier.0).max(0).div_euclid(60) + i64::from((self.0 - earlier.0).max(0) % 60 > 0)
    }

    pub fn in_range(self) -> bool {
        self >= MOMENT_MIN && self < MOMENT_MAX
    }

    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// `2025-11-21T09:42:00Z`
    pub fn rfc3339(self) -> String {
        self.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// Half-open: the start belongs to it, the end does not, so back-to-back windows never collide.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Period {
    pub start: Moment,
    pub end: Moment,
}

impl Period {
    /// All that a shop's file may name.
    pub const ALL: Period = Period {
        start: MOMENT_MIN,
        end: MOMENT_MAX,
    };

    pub fn new(start: Moment, end: Moment) -> Option<Self> {
        (end > start).then_some(Period { start, end })
    }

    pub fn contains(&self, moment: Moment) -> bool {
        self.start <= moment && moment < self.end
    }

    pub fn overlaps(&self, other: &Period) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Where the time comes from. Fixed in scripts and tests (`--now`); otherwise a function that reads
/// the machine's clock, handed in by whoever starts the program, so that no rule can look at a
/// clock behind its caller's back.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    Fixed(Moment),
    Running(fn() -> Moment),
    /// As many seconds ahead of the machine's clock, or behind it, and running with it: the demo
    /// shop's day begins when somebody looks.
    Ahead(fn() -> Moment, i64),
}

impl Clock {
    pub fn now(&self) -> Moment {
        match self {
            Clock::Fixed(moment) => *moment,
            Clock::Running(read) => read(),
            Clock::Ahead(read, seconds) => Moment(read().0 + seconds),
        }
    }

    /// Whether somebody said what time it is (`--now`).
    pub fn is_fixed(&self) -> bool {
        matches!(self, Clock::Fixed(_))
    }
}

/// The shop's IANA time zone; the machine's zone is never used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShopZone(pub Tz);

/// A wall-clock time that the clock change skips, with the nearest times that exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skipped {
    pub before: NaiveDateTime,
    pub after: NaiveDateTime,
}

impl ShopZone {
    pub fn parse(name: &str) -> Option<Self> {
        name.trim().parse::<Tz>().ok().map(ShopZone)
    }

    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    pub fn local(&self, moment: Moment) -> NaiveDateTime {
        self.0
            .from_utc_datetime(&moment.utc().naive_utc())
            .naive_local()
    }

    /// The clock changes between two moments, to the minute.
    pub fn changes(&self, from: Moment, until: Moment) -> Vec<Moment> {
        const DAY_SECONDS: i64 = 86_400;
        let offset = |at: Moment| self.local(at).and_utc().timestamp() - at.0;
        let mut found = Vec::new();
        let (mut at, mut known) = (from, offset(from));
        while at < until {
            let next = Moment(at.0 + DAY_SECONDS);
            let then = offset(next);
            if then != known {
                let (mut same, mut other) = (at, next);
                while other.0 - same.0 > 60 {
                    let middle = Moment(same.0 + (other.0 - same.0) / 120 * 60);
                    if offset(middle) == known {
                        same = middle
                    } else {
                        other = middle
                    }
                }
                found.push(other);
            }
            (at, known) = (next, then);
        }
        found
    }

    pub fn day(&self, moment: Moment) -> NaiveDate {
        self.local(moment).date()
    }

    /// The instant of a wall-clock time. A time that exists twice (autumn) is its first; one that
    /// the clock change skips is refused.
    pub fn moment(&self, wall: NaiveDateTime) -> Result<Moment, Skipped> {
        match self.0.from_local_datetime(&wall) {
            LocalResult::Single(time) => Ok(Moment(time.timestamp())),
            LocalResult::Ambiguous(first, _) => Ok(Moment(first.timestamp())),
            LocalResult::None => Err(self.around_gap(wall)),
        }
    }

    /// The instant of a wall-clock time, moved to the first valid one after a gap: for computed
    /// times, which nobody typed.
    pub fn moment_or_later(&self, wall: NaiveDateTime) -> Moment {
        self.moment(wall).unwrap_or_else(|gap| {
            self.moment(gap.after)
                .unwrap_or(Moment(wall.and_utc().timestamp()))
        })
    }

    fn around_gap(&self, wall: NaiveDateTime) -> Skipped {
        // Gaps are at most a day long (Samoa 2011) and begin and end on a minute.
        let exists =
            |time: &NaiveDateTime| !matches!(self.0.from_local_datetime(time), LocalResult::None);
        let minute = wall.with_second(0).unwrap_or(wall);
        let steps = 1..=24 * 60 + 1;
        let before = steps
            .clone()
            .map(|n| minute - Duration::minutes(n))
            .find(exists)
            .unwrap_or(minute);
        let after = steps
            .map(|n| minute + Duration::minutes(n))
            .find(exists)
            .unwrap_or(minute);
        Skipped { before, after }
    }

    /// The first instant of a calendar day; some zones have days that begin at 01:00.
    pub fn day_start(&self, day: NaiveDate) -> Moment {
        self.moment_or_later(day.and_time(NaiveTime::MIN))
    }

    pub fn day_period(&self, day: NaiveDate) -> Period {
        Period {
            start: self.day_start(day),
            end: self.day_start(day + Duration::days(1)),
        }
    }

    /// `Fri 21 Nov 10:42`, with the year where it is not that of `near`.
    pub fn show(&self, moment: Moment, near: Moment) -> String {
        let wall = self.local(moment);
        let year = if wall.year() == self.local(near).year() {
            String::new()
        } else {
            format!(" {}", wall.year())
        };
        format!(
            "{}{year} {}{}",
            wall.format("%a %-d %b"),
            wall.format("%H:%M"),
            self.fold_offset(moment)
        )
    }

    /// `today 18:00`, `tomorrow 09:00`, else as [`Self::show`].
    pub fn show_near(&self, moment: Moment, now: Moment) -> String {
        let wall = self.local(moment);
        match (wall.date() - self.day(now)).num_days() {
            0 => format!("today {}", wall.format("%H:%M")),
            1 => format!("tomorrow {}", wall.format("%H:%M")),
            _ => self.show(moment, now),
        }
    }

    /// `Fri 21 Nov 2025`
    pub fn show_day(&self, day: NaiveDate) -> String {
        day.format("%a %-d %b %Y").to_string()
    }

    pub fn show_clock(&self, moment: Moment) -> String {
        self.local(moment).format("%H:%M").to_string()
    }

    /// `2025-11-21 10:42:00`: the wall clock, as it is kept beside a due time and written to CSV.
    pub fn wall(&self, moment: Moment) -> String {
        self.local(moment).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// As [`Self::wall`], so that it can be read back: a time that exists twice carries its offset,
    /// `2025-10-26T02:30:00+01:00`.
    pub fn wall_exact(&self, moment: Moment) -> String {
        match self.0.from_local_datetime(&self.local(moment)) {
            LocalResult::Ambiguous(..) => self
                .0
                .from_utc_datetime(&moment.utc().naive_utc())
                .format("%Y-%m-%dT%H:%M:%S%:z")
                .to_string(),
            _ => self.wall(moment),
        }
    }

    /// The offset, for a wall-clock time that exists twice.
    fn fold_offset(&self, moment: Moment) -> String {
        let wall = self.local(moment);
        match self.0.from_local_datetime(&wall) {
            LocalResult::Ambiguous(..) => format!(
                " ({})",
                self.0
                    .from_utc_datetime(&moment.utc().naive_utc())
                    .format("%:z")
            ),
            _ => String::new(),
        }
    }
}

/// `45 min`, `2 h`, `1 h 30 min`, `2 days`: a length, whole.
pub fn length_words(minutes: i64) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest) {
        (hours, 0) if hours > 0 && hours % 24 == 0 => lateness(minutes),
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}

/// `2 days`, `3 hours`, `5 minutes`: how late, in the one unit that matters.
pub fn lateness(minutes: i64) -> String {
    let (count, unit) = match minutes {
        m if m >= 2 * 24 * 60 || m == 24 * 60 => (m / (24 * 60), "day"),
        m if m >= 24 * 60 => (1, "day"),
        m if m >= 60 => (m / 60, "hour"),
        m => (m, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
