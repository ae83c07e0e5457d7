//! Lines as text: Google's encoding (five or six decimals), and HERE's flexible one.

use crate::Point;

/// Points of the longest line that is read.
const MOST_POINTS: usize = 500_000;

/// Why a text is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("the text of the line ends early")]
    Early,
    #[error("the text of the line has a character that no line has")]
    Foreign,
    #[error("the line leaves the earth")]
    Off,
    #[error("the line has more points than anybody can use")]
    Long,
}

/// Reads Google's encoding with so many decimals.
pub fn decode(text: &str, decimals: i32) -> Result<Vec<Point>, LineError> {
    let scale = 10_f64.powi(decimals);
    let mut bytes = text.bytes();
    let (mut lat, mut lon) = (0_i64, 0_i64);
    let mut points = Vec::new();
    while bytes.len() > 0 {
        lat = lat.checked_add(google_number(&mut bytes)?).ok_or(LineError::Off)?;
        lon = lon.checked_add(google_number(&mut bytes)?).ok_or(LineError::Off)?;
        push(&mut points, Point::new(lat as f64 / scale, lon as f64 / scale))?;
    }
    Ok(points)
}

fn push(points: &mut Vec<Point>, point: Point) -> Result<(), LineError> {
    if !point.is_sound() {
        return Err(LineError::Off);
    }
    if points.len() == MOST_POINTS {
        return Err(LineError::Long);
    }
    points.push(point);
    Ok(())
}

fn google_number(bytes: &mut impl Iterator<Item = u8>) -> Result<i64, LineError> {
    let (mut value, mut shift) = (0_u64, 0_u32);
    loop {
        let byte = bytes.next().ok_or(LineError::Early)?;
        let bits = byte.checked_sub(63).filter(|bits| *bits < 64).ok_or(LineError::Foreign)?;
        if shift > 55 {
            return Err(LineError::Off);
        }
        value |= u64::from(bits & 0x1F) << shift;
        shift += 5;
        if bits < 0x20 {
            return Ok(unzigzag(value));
        }
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Writes Google's encoding with so many decimals.
pub fn encode(line: &[Point], decimals: i32) -> String {
    let mut text = String::new();
    steps(line, decimals, |mut value| {
        while value >= 0x20 {
            text.push(char::from((0x20 | (value & 0x1F) as u8) + 63));
            value >>= 5;
        }
        text.push(char::from(value as u8 + 63));
    });
    text
}

/// The differences of latitudes and longitudes, as both encodings have them.
fn steps(line: &[Point], decimals: i32, mut take: impl FnMut(u64)) {
    let scale = 10_f64.powi(decimals);
    let (mut lat, mut lon) = (0, 0);
    for point in line {
        let next = ((point.lat * scale).round() as i64, (point.lon * scale).round() as i64);
        take(zigzag(next.0 - lat));
        take(zigzag(next.1 - lon));
        (lat, lon) = next;
    }
}

const FLEXIBLE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Reads HERE's flexible encoding, version 1; a third dimension is read over.
pub fn decode_flexible(text: &str) -> Result<Vec<Point>, LineError> {
    let mut bytes = text.bytes();
    if flexible_number(&mut bytes)? != 1 {
        return Err(LineError::Foreign);
    }
    let header = flexible_number(&mut bytes)?;
    let (decimals, third) = ((header & 15) as i32, (header >> 4) & 7);
    let scale = 10_f64.powi(decimals);
    let (mut lat, mut lon) = (0_i64, 0_i64);
    let mut points = Vec::new();
    while bytes.len() > 0 {
        lat = lat.checked_add(unzigzag(flexible_number(&mut bytes)?)).ok_or(LineError::Off)?;
        lon = lon.checked_add(unzigzag(flexible_number(&mut bytes)?)).ok_or(LineError::Off)?;
        if third != 0 {
            flexible_number(&mut bytes)?;
        }
        push(&mut points, Point::new(lat as f64 / scale, lon as f64 / scale))?;
    }
    Ok(points)
}

fn flexible_number(bytes: &mut impl Iterator<Item = u8>) -> Result<u64, LineError> {
    let (mut value, mut shift) = (0_u64, 0_u32);
    loop {
        let byte = bytes.next().ok_or(LineError::Early)?;
        let bits = FLEXIBLE.iter().position(|b| *b == byte).ok_or(LineError::Foreign)? as u64;
        if shift > 55 {
            return Err(LineError::Off);
        }
        value |= (bits & 0x1F) << shift;
        shift += 5;
        if bits < 0x20 {
            return Ok(value);
        }
    }
}

/// Writes HERE's flexible encoding with five decimals.
pub fn encode_flexible(line: &[Point]) -> String {
    let mut text = String::from("BF");
    steps(line, 5, |mut value| {
        while value >= 0x20 {
            text.push(char::from(FLEXIBLE[0x20 | (value & 0x1F) as usize]));
            value >>= 5;
        }
        text.push(char::from(FLEXIBLE[value as usize]));
    });
    text
}

/// At most so many points of a line, its ends among them, spread evenly over their number.
pub fn thin(line: &[Point], most: usize) -> Vec<Point> {
    if line.len() <= most || most < 2 {
        return line.to_vec();
    }
    let last = line.len() - 1;
    (0..most).map(|i| line[i * last / (most - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_both_formats_read_and_write_as_published() {
        let google = "_p~iF~ps|U_ulLnnqC_mqNvxq`@";
        let line = [Point::new(38.5, -120.2), Point::new(40.7, -120.95), Point::new(43.252, -126.453)];
        assert_eq!(decode(google, 5).as_deref(), Ok(&line[..]));
        assert_eq!(encode(&line, 5), google);
        assert_eq!(decode(&encode(&line, 6), 6).as_deref(), Ok(&line[..]));
        let here = "BFoz5xJ67i1B1B7PzIhaxL7Y";
        let line = [
            Point::new(50.10228, 8.69821),
            Point::new(50.10201, 8.69567),
            Point::new(50.10063, 8.6915),
            Point::new(50.09878, 8.68752),
        ];
        assert_eq!(decode_flexible(here).as_deref(), Ok(&line[..]));
        assert_eq!(encode_flexible(&line), here);
    }

    #[test]
    fn texts_that_are_no_lines_are_refused() {
        assert_eq!(decode("_p~iF", 5), Err(LineError::Early));
        assert_eq!(decode("_p~iF\u{1}", 5), Err(LineError::Foreign));
        assert_eq!(decode("~~~~~~~~~~~~~~~~~~~~", 5), Err(LineError::Off));
        assert_eq!(decode("____________?", 5), Err(LineError::Off));
        assert_eq!(decode_flexible("CF"), Err(LineError::Foreign));
        assert_eq!(decode_flexible("BF!"), Err(LineError::Foreign));
        assert_eq!(decode_flexible(""), Err(LineError::Early));
        assert_eq!(decode("", 5), Ok(Vec::new()));
    }

    #[test]
    fn a_thinned_line_keeps_its_ends() {
        let line: Vec<_> = (0..100).map(|i| Point::new(f64::from(i) / 2.0, 0.0)).collect();
        let thin = thin(&line, 7);
        assert_eq!((thin.len(), thin[0], thin[6]), (7, line[0], line[99]));
        assert_eq!(super::thin(&line, 100), line);
    }
}
