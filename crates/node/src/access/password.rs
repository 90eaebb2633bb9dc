//! Passwords: which are accepted, and how they are kept.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::Error;

/// The shortest password, in characters (ASVS 5 §6.2.1 asks for 8 at least, 15 at best).
const LEN_MIN: usize = 12;
/// The longest password, in bytes: bounds what is hashed.
const LEN_MAX: usize = 256;
/// Characters that must remain when everything that is guessed first is taken away.
const REST_MIN: usize = 6;
/// Different characters a password needs.
const DIFFERENT_MIN: usize = 5;

// argon2id after OWASP's minimum: 19 MiB, 2 passes, 1 lane; about 30 ms and no burden to a small gateway
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What people choose first, in lower case, longest first where one begins another.
const COMMON: &[&str] = &[
    "administrator",
    "qwertyuiop",
    "password",
    "passwort",
    "passw0rd",
    "industrial",
    "raspberry",
    "asdfghjkl",
    "letmein",
    "changeme",
    "changeit",
    "welcome",
    "iloveyou",
    "football",
    "baseball",
    "princess",
    "sunshine",
    "superman",
    "trustno",
    "monkey",
    "dragon",
    "master",
    "shadow",
    "secret",
    "default",
    "factory",
    "machine",
    "company",
    "operator",
    "engineer",
    "viewer",
    "maintenance",
    "siemens",
    "scada",
    "simatic",
    "gemba",
    "admin",
    "login",
    "guest",
    "user",
    "test",
    "demo",
    "root",
    "qwertz",
    "qwerty",
    "azerty",
    "yxcvbnm",
    "zxcvbnm",
    "summer",
    "winter",
    "spring",
    "autumn",
    "sommer",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "hello",
    "hallo",
    "start",
    "geheim",
    "abc",
    "pass",
    "word",
];

/// Refuses a password that is guessed early. `user` is the name it is for.
pub(super) fn check(password: &str, user: &str) -> Result<(), Error> {
    let weak = |why| Err(Error::WeakPassword { why });
    if password.len() > LEN_MAX {
        return weak("it is longer than 256 bytes; choose a shorter one");
    }
    let letters: Vec<char> = password.chars().collect();
    if letters.len() < LEN_MIN {
        return weak("it has fewer than 12 characters; four random words make a good one");
    }
    let different: std::collections::BTreeSet<_> = letters.iter().collect();
    if different.len() < DIFFERENT_MIN {
        return weak("it has fewer than 5 different characters; four random words make a good one");
    }
    if rest_after_guesses(&letters, user) < REST_MIN {
        return weak(
            "it is made of words, names, years or rows that are guessed first; four random words make a good one",
        );
    }
    Ok(())
}

/// How many characters remain without common words, the user's name, years, rows (`1234`, `abcd`) and repeats.
fn rest_after_guesses(letters: &[char], user: &str) -> usize {
    let plain: Vec<char> = letters.iter().map(|c| plain(*c)).collect();
    let mut left = vec![true; letters.len()];
    let name = user.to_lowercase();
    let words = COMMON.iter().copied().chain((name.chars().count() >= 3).then_some(name.as_str()));
    for word in words {
        let word: Vec<char> = word.chars().map(plain_of_word).collect();
        cross_out(&mut left, &plain, word.len(), |window| window == word);
    }
    let lower: Vec<char> = letters.iter().filter_map(|c| c.to_lowercase().next()).collect();
    cross_out(&mut left, &lower, 4, is_year);
    cross_out(&mut left, &lower, 3, is_row);
    left.iter().filter(|keep| **keep).count()
}

fn cross_out(left: &mut [bool], text: &[char], len: usize, guessed: impl Fn(&[char]) -> bool) {
    for (start, window) in text.windows(len.max(1)).enumerate() {
        if guessed(window) {
            left.iter_mut().skip(start).take(len).for_each(|keep| *keep = false);
        }
    }
}

/// `P@ssw0rd` reads as `password`.
fn plain(c: char) -> char {
    match c.to_lowercase().next().unwrap_or(c) {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        lower => lower,
    }
}

fn plain_of_word(c: char) -> char {
    plain(c)
}

fn is_year(window: &[char]) -> bool {
    matches!(window, ['1', '9', a, b] | ['2', '0', a, b] if a.is_ascii_digit() && b.is_ascii_digit())
}

fn is_row(window: &[char]) -> bool {
    let [a, b, c] = window else { return false };
    let (first, second) =
        (i64::from(u32::from(*b)) - i64::from(u32::from(*a)), i64::from(u32::from(*c)) - i64::from(u32::from(*b)));
    first == second && first.abs() <= 1
}

fn hasher() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Error::Hash { why: e.to_string() })?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The argon2id hash with its salt and parameters, as a PHC string. Takes tens of milliseconds.
pub(super) fn hash(password: &str) -> Result<String, Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|e| Error::Random { why: e.to_string() })?;
    let fail = |e: argon2::password_hash::Error| Error::Hash { why: e.to_string() };
    let salt = SaltString::encode_b64(&salt).map_err(fail)?;
    Ok(hasher()?.hash_password(password.as_bytes(), &salt).map_err(fail)?.to_string())
}

/// Whether the password is the one behind the hash. Without a hash it works as long and says no, so that the
/// time taken does not tell whether a user exists.
pub(super) fn verify(password: &str, kept: Option<&str>) -> Result<bool, Error> {
    let Some(kept) = kept else {
        if password.len() <= LEN_MAX {
            hash(password)?;
        }
        return Ok(false);
    };
    if password.len() > LEN_MAX {
        return Ok(false);
    }
    let kept = PasswordHash::new(kept).map_err(|e| Error::Hash { why: e.to_string() })?;
    Ok(hasher()?.verify_password(password.as_bytes(), &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        for weak in [
            "short",
            "aaaaaaaaaaaa",
            "abababababab",
            "123456789012",
            "qwertyuiop12",
            "Password1234",
            "P@ssw0rd2026!",
            "administrator",
            "GembaAdmin2026",
            "Welcome12345!",
            "abcdefghijkl",
            "changeme-changeme",
            "Summer2026Winter",
            "operator-engineer",
            "meyer-meyer-2026",
        ] {
            assert!(check(weak, "meyer").is_err(), "{weak}");
        }
        assert!(check(&"zq8-".repeat(70), "meyer").is_err(), "longer than the limit");
    }

    #[test]
    fn what_is_not_guessed_is_accepted() {
        for good in ["correct horse battery staple", "8f3-92ab-71cc-07", "tVq2#kLm9!xZ", "Wasser läuft den Berg hinab"]
        {
            assert!(check(good, "meyer").is_ok(), "{good}");
        }
    }

    #[test]
    fn hashes_are_salted_and_verify() {
        let (one, two) = (hash("tVq2#kLm9!xZ").unwrap(), hash("tVq2#kLm9!xZ").unwrap());
        assert_ne!(one, two);
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(verify("tVq2#kLm9!xZ", Some(&one)).unwrap());
        assert!(!verify("tVq2#kLm9!xz", Some(&one)).unwrap());
        assert!(!verify("anything at all", None).unwrap());
    }
}
