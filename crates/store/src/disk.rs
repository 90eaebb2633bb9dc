//! The seam to the file system: everything the store does to a disk goes through [`Disk`].

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file operations the store needs. [`SystemDisk`] is the real one; [`crate::fault::FaultDisk`] fails on demand.
///
/// What counts as durable: the bytes of a file after [`Output::sync`], and its name after
/// [`Disk::sync_dir`] on its folder.
pub trait Disk: Send + Sync + Debug {
    /// Creates (or empties) a file for writing from its start.
    ///
    /// # Errors
    /// As the file system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>>;

    /// Opens a file for reading.
    ///
    /// # Errors
    /// As the file system says.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn Input>>;

    /// Makes the bytes that a file holds now durable.
    ///
    /// # Errors
    /// As the file system says.
    fn sync_file(&self, path: &Path) -> io::Result<()>;

    /// Renames a file, replacing `to`.
    ///
    /// # Errors
    /// As the file system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As the file system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Creates a folder and those above it; fine when it is there.
    ///
    /// # Errors
    /// As the file system says.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// As the file system says.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Files and folders in `dir`, in order of name; empty when there is no such folder.
    ///
    /// # Errors
    /// As the file system says.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;

    /// Bytes that can still be written under `dir`.
    ///
    /// # Errors
    /// As the file system says.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;

    /// Takes the folder for this program alone, for as long as what is returned lives.
    ///
    /// # Errors
    /// When another program has it.
    fn lock(&self, dir: &Path) -> io::Result<Box<dyn Send + Sync>>;
}

/// A file being written, from its start to its end.
pub trait Output: Send + Debug {
    /// Appends all of `bytes`.
    ///
    /// # Errors
    /// As the file system says; then it is unknown how much was written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// As the file system says; then it is unknown what is durable, and trying again proves nothing.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file being read.
pub trait Input: Send + Sync + Debug {
    /// Its length in bytes.
    ///
    /// # Errors
    /// As the file system says.
    fn len(&self) -> io::Result<u64>;

    /// Reads at `offset` into `buf`; fewer bytes than asked mean the end of the file.
    ///
    /// # Errors
    /// As the file system says.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Whether the file has no byte.
    ///
    /// # Errors
    /// As the file system says.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// Reads a whole file.
pub(crate) fn read_all(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let input = disk.open(path)?;
    let len = usize::try_from(input.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    let got = input.read_at(0, &mut bytes)?;
    bytes.truncate(got);
    Ok(bytes)
}

/// Writes a file so that a crash leaves the old one or the new one: temporary file, sync, rename, sync of the folder.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    stage(disk, path, bytes)?;
    swap(disk, path)
}

/// The first half of [`replace`]: everything that takes room.
pub(crate) fn stage(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut output = disk.create(&staged(path))?;
    output.write(bytes)?;
    output.sync()
}

/// The second half of [`replace`]. After a failure the old file or the new one is there.
pub(crate) fn swap(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    disk.rename(&staged(path), path)?;
    disk.sync_dir(path.parent().unwrap_or(Path::new(".")))
}

fn staged(path: &Path) -> PathBuf {
    path.with_extension("tmp")
}

/// The disk of this computer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDisk;

#[derive(Debug)]
struct SystemOutput(File);

/// Reading moves the file's cursor, so readers take turns.
#[derive(Debug)]
struct SystemInput(Mutex<File>);

impl Disk for SystemDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        Ok(Box::new(SystemOutput(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Input>> {
        Ok(Arc::new(SystemInput(Mutex::new(File::open(path)?))))
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().append(true).open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)
    }

    #[cfg(unix)]
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    /// Elsewhere a folder cannot be opened for syncing; renames are ordered by the file system.
    #[cfg(not(unix))]
    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut paths = entries.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }

    #[cfg(unix)]
    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(dir)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Not known elsewhere: a full disk is then noticed by the write that fails.
    #[cfg(not(unix))]
    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn lock(&self, dir: &Path) -> io::Result<Box<dyn Send + Sync>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(dir.join(Self::LOCK))?;
        file.try_lock()?;
        Ok(Box::new(file))
    }
}

impl SystemDisk {
    /// The file whose lock says that the folder is taken. Never removed.
    const LOCK: &'static str = "lock";
}

impl Output for SystemOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

impl Input for SystemInput {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).metadata()?.len())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match file.read(rest) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}
