//! Weights of somebody's file by their keys, before anybody knows which network they are of.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use burn::module::Module;
use burn::store::burn_pack;
use burn::store::{KeyRemapper, ModuleSnapshot as _, ModuleStore, PytorchStore, SafetensorsStore};
use burn::store::{PyTorchToBurnAdapter, burn_pack::Tensor as Packed};
use sha2::{Digest as _, Sha256};

use crate::LearningError;
use crate::engine::guarded;
use crate::network::{fits, unreadable, weighed};

/// Weights by their keys, as a file has them. Numbers are read when a network takes them.
pub struct Weights {
    tensors: Vec<Packed>,
}

impl std::fmt::Debug for Weights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Weights({} tensors)", self.tensors.len())
    }
}

impl Weights {
    /// Those of a safetensors file or of a `.pth` or `.pt` of PyTorch, which is read for its tensors only; nothing in it
    /// is run. Numbers between dots stay what they are.
    pub fn open(file: &Path) -> Result<Self, LearningError> {
        weighed(file)?;
        let is_safetensors = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors"));
        guarded(|| {
            if is_safetensors {
                listed(SafetensorsStore::from_file(file))
            } else {
                listed(PytorchStore::from_file(file).map_indices_contiguous(false))
            }
        })
    }

    /// Those of a safetensors file in memory.
    pub fn of_safetensors(bytes: Vec<u8>) -> Result<Self, LearningError> {
        guarded(|| listed(SafetensorsStore::from_bytes(Some(bytes))))
    }

    /// Shapes by key.
    pub fn shapes(&self) -> BTreeMap<String, Vec<usize>> {
        self.tensors.iter().map(|tensor| (tensor.name.clone(), tensor.shape.to_vec())).collect()
    }

    /// With keys that are what patterns become, one rule after the other.
    pub fn renamed(self, rules: &[(&str, &str)]) -> Result<Self, LearningError> {
        let table = KeyRemapper::from_patterns(rules.to_vec());
        let table = table.map_err(|error| LearningError::Device(error.to_string()))?;
        Ok(Self { tensors: table.remap(self.tensors).0 })
    }

    /// Without those whose keys a network has no use for.
    #[must_use]
    pub fn without(mut self, spare: impl Fn(&str) -> bool) -> Self {
        self.tensors.retain(|tensor| !spare(&tensor.name));
        self
    }

    /// A network with these weights, if every key and shape is the network's; else an error that lists what is amiss.
    pub fn into_net<M: Module>(self, mut net: M) -> Result<M, LearningError> {
        guarded(move || {
            let result = net.apply(self.tensors, None, Some(Box::new(PyTorchToBurnAdapter)), true);
            fits(&result)?;
            Ok(net)
        })
    }
}

fn listed<S: ModuleStore>(mut store: S) -> Result<Weights, LearningError>
where
    S::Error: std::fmt::Display,
{
    let tensors = store.get_all_tensors().map_err(|error| unreadable(&error))?;
    Ok(Weights { tensors: tensors.values().map(burn_pack::Tensor::clone).collect() })
}

/// The SHA-256 of a file of weights of any size, as lowercase hexadecimal digits. `go_on` is asked for every piece.
pub fn sha256_of_file(file: &Path, go_on: &dyn Fn() -> bool) -> Result<String, LearningError> {
    weighed(file)?;
    let mut source = File::open(file).map_err(LearningError::file(file))?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0_u8; 1 << 20]);
    loop {
        if !go_on() {
            return Err(LearningError::Stopped);
        }
        let read = source.read(&mut piece).map_err(LearningError::file(file))?;
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
    }
    Ok(hash.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}
