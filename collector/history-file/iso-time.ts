const ZERO = 48;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_BEFORE_1970 = 719_468;

/**
 * Unix seconds of an ISO 8601 time with a zone (`2026-01-31T08:30:00.5Z`, `2026-01-31 08:30+01:00`), or NaN.
 *
 * The result is the double nearest to the microsecond. `Date.parse` is no replacement: it drops microseconds and reads a time
 * without a zone as local time.
 */
export function parseIsoTime(text: string): number {
  const length = text.length;
  if (length < 17) return NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const separator = text.charCodeAt(10);
  if (
    !(year >= 1970 && year < 2200 && month >= 1 && month <= 12 && hour < 24 && minute < 60) ||
    text.charCodeAt(4) !== 45 ||
    text.charCodeAt(7) !== 45 ||
    text.charCodeAt(13) !== 58 ||
    (separator !== 84 && separator !== 32 && separator !== 116) ||
    !(day >= 1 && day <= daysInMonth(year, month))
  ) {
    return NaN;
  }
  let at = 16;
  let second = 0;
  let microseconds = 0;
  if (text.charCodeAt(at) === 58) {
    second = digits(text, 17, 2);
    if (!(second < 60)) return NaN;
    at = 19;
    const point = text.charCodeAt(at);
    if (point === 46 || point === 44) {
      let scale = 100_000;
      const first = ++at;
      for (; at < length; at++) {
        const digit = text.charCodeAt(at) - ZERO;
        if (digit < 0 || digit > 9) break;
        microseconds += digit * scale;
        scale /= 10;
      }
      if (at === first) return NaN;
    }
  }
  const offset = zoneOffset(text, at);
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
  return microseconds === 0 ? seconds : (seconds * 1e6 + Math.round(microseconds)) / 1e6;
}

/** Seconds east of UTC of the zone at `at`, which must end the text; NaN when it is missing or wrong. */
function zoneOffset(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  const rest = text.length - at - 1;
  if ((sign === 90 || sign === 122) && rest === 0) return 0;
  if (sign !== 43 && sign !== 45) return NaN;
  const hours = digits(text, at + 1, 2);
  let minutes: number;
  if (rest === 2) minutes = 0;
  else if (rest === 4) minutes = digits(text, at + 3, 2);
  else if (rest === 5 && text.charCodeAt(at + 3) === 58) minutes = digits(text, at + 4, 2);
  else return NaN;
  if (!(hours <= 15 && minutes < 60)) return NaN;
  return (sign === 45 ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** The number that `count` digits from `at` write; NaN when one of them is no digit. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return DAYS_IN_MONTH[month - 1]!;
}

/** Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - DAYS_BEFORE_1970;
}
