//! A disk in memory that fails on demand: for the tests of this crate and of those above.
//!
//! It knows what a real disk would still hold after a power cut: of each file the bytes that were synced (and perhaps
//! some that were not), of each folder the names that were synced.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, Input, Output};

/// What goes wrong, and when. Operations that change the disk are counted from 1; reading is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Only the n-th operation fails, as an input/output error. A write is done by half, a sync not at all.
    Once(u64),
    /// From the n-th operation on everything fails: the moment before a power cut.
    From(u64),
}

/// A disk in memory that fails on demand. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct FaultDisk(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    /// Contents by number; names point to numbers, so that an open file outlives its name.
    files: BTreeMap<u64, Content>,
    names: BTreeMap<PathBuf, u64>,
    /// The names that survive a power cut.
    durable_names: BTreeMap<PathBuf, u64>,
    next: u64,
    operations: u64,
    syncs: u64,
    fault: Fault,
    capacity: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: usize,
}

impl Memory {
    /// Counts an operation and fails it when it is its turn.
    fn step(&mut self) -> io::Result<()> {
        self.operations += 1;
        let fails = match self.fault {
            Fault::None => false,
            Fault::Once(at) => self.operations == at,
            Fault::From(at) => self.operations >= at,
        };
        if fails { Err(io::Error::other("a fault on purpose")) } else { Ok(()) }
    }

    fn used(&self) -> u64 {
        let live = |number: &u64| self.names.values().any(|named| named == number);
        self.files.iter().filter(|(number, _)| live(number)).map(|(_, content)| content.bytes.len() as u64).sum()
    }

    fn find(&self, path: &Path) -> io::Result<u64> {
        self.names.get(path).copied().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

impl FaultDisk {
    /// An empty disk without faults and without end.
    pub fn new() -> Self {
        Self::default()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what goes wrong from now on; operations count from the making of the disk.
    pub fn fail(&self, fault: Fault) {
        self.memory().fault = fault;
    }

    /// Operations so far that change the disk.
    pub fn operations(&self) -> u64 {
        self.memory().operations
    }

    /// Syncs of files so far that worked.
    pub fn syncs(&self) -> u64 {
        self.memory().syncs
    }

    /// Limits the size of the disk in bytes; none: without end.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.memory().capacity = bytes;
    }

    /// Bytes that all files hold.
    pub fn used(&self) -> u64 {
        self.memory().used()
    }

    /// What is left after a power cut: synced bytes and names. Of the bytes not synced `keep(n)` says how many of the `n`
    /// had reached the disk all the same.
    #[must_use]
    pub fn after_power_cut(&self, mut keep: impl FnMut(usize) -> usize) -> Self {
        let memory = self.memory();
        let mut left = Memory { next: memory.next, capacity: memory.capacity, ..Memory::default() };
        for (path, number) in &memory.durable_names {
            let Some(content) = memory.files.get(number) else { continue };
            let unsynced = content.bytes.len() - content.synced;
            let length = content.synced + keep(unsynced).min(unsynced);
            let bytes = content.bytes.iter().take(length).copied().collect();
            left.files.insert(*number, Content { bytes, synced: length });
            left.names.insert(path.clone(), *number);
        }
        left.durable_names = left.names.clone();
        Self(Arc::new(Mutex::new(left)))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        let memory = self.memory();
        let number = memory.find(path)?;
        Ok(memory.files.get(&number).map(|content| content.bytes.clone()).unwrap_or_default())
    }

    /// Changes the bytes of a file behind everybody's back: bit rot, a torn tail.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn tamper(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut memory = self.memory();
        let number = memory.find(path)?;
        if let Some(content) = memory.files.get_mut(&number) {
            change(&mut content.bytes);
            content.synced = content.bytes.len();
        }
        Ok(())
    }

    /// All files, in order of name.
    pub fn files(&self) -> Vec<PathBuf> {
        self.memory().names.keys().cloned().collect()
    }
}

#[derive(Debug)]
struct FaultOutput {
    disk: FaultDisk,
    number: u64,
}

#[derive(Debug)]
struct FaultInput {
    disk: FaultDisk,
    number: u64,
}

impl Disk for FaultDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        let mut memory = self.memory();
        memory.step()?;
        let number = memory.next;
        memory.next += 1;
        memory.files.insert(number, Content::default());
        memory.names.insert(path.to_path_buf(), number);
        Ok(Box::new(FaultOutput { disk: self.clone(), number }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Input>> {
        let number = self.memory().find(path)?;
        Ok(Arc::new(FaultInput { disk: self.clone(), number }))
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        let number = self.memory().find(path)?;
        FaultOutput { disk: self.clone(), number }.sync()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut memory = self.memory();
        memory.step()?;
        let number = memory.find(from)?;
        memory.names.remove(from);
        memory.names.insert(to.to_path_buf(), number);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut memory = self.memory();
        memory.step()?;
        memory.find(path)?;
        memory.names.remove(path);
        Ok(())
    }

    fn create_dir_all(&self, _dir: &Path) -> io::Result<()> {
        self.memory().step()
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut memory = self.memory();
        memory.step()?;
        let inside = |path: &Path| path.parent() == Some(dir);
        memory.durable_names.retain(|path, _| !inside(path));
        let names: Vec<_> =
            memory.names.iter().filter(|(path, _)| inside(path)).map(|(p, n)| (p.clone(), *n)).collect();
        memory.durable_names.extend(names);
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let memory = self.memory();
        let below = memory.names.keys().filter_map(|path| path.strip_prefix(dir).ok()?.components().next());
        let mut paths: Vec<_> = below.map(|first| dir.join(first)).collect();
        paths.dedup();
        Ok(paths)
    }

    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        let memory = self.memory();
        Ok(memory.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(memory.used())))
    }

    fn lock(&self, _dir: &Path) -> io::Result<Box<dyn Send + Sync>> {
        Ok(Box::new(()))
    }
}

impl Output for FaultOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut memory = self.disk.memory();
        let sound = memory.step();
        let room = memory.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(memory.used()));
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let done = if sound.is_ok() { bytes.len().min(room) } else { bytes.len() / 2 };
        if let Some(content) = memory.files.get_mut(&self.number) {
            content.bytes.extend(bytes.iter().take(done));
        }
        sound?;
        if done < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut memory = self.disk.memory();
        memory.step()?;
        memory.syncs += 1;
        if let Some(content) = memory.files.get_mut(&self.number) {
            content.synced = content.bytes.len();
        }
        Ok(())
    }
}

impl Input for FaultInput {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.memory().files.get(&self.number).map_or(0, |content| content.bytes.len() as u64))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let memory = self.disk.memory();
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = memory.files.get(&self.number).and_then(|content| content.bytes.get(from..)).unwrap_or(&[]);
        let count = bytes.len().min(buf.len());
        buf.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        Ok(count)
    }
}
