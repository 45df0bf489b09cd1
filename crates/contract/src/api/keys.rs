//! `keys`: the directory of public keys with which the apps of two people agree on secrets of their own.
//!
//! The house keeps public keys and hands them out; it has no secret of anybody and checks only their form. Whether a signed key is signed by
//! its identity key is for the app that takes it to check. A one-time key is handed out once.

use callboard_domain::{At, DeviceId, RequestId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, Nothing};
use crate::catalogue::endpoints;

endpoints! { Api "keys" by Rooms {
    Set = "set" (changes) SetRequest => DeviceKeys, "Publishes the keys of one of the caller's devices, or adds one-time keys.";
    Get = "get" (changes) GetRequest => KeyBundles, "Takes the keys of somebody's devices, with a one-time key of each that still has some.";
    Mine = "mine" (reads) Nothing => MyKeys, "Lists the caller's devices that have keys, and how many one-time keys each has left.";
    Drop = "drop" (changes) DropRequest => Done, "Takes the keys of one of the caller's devices out of the directory.";
}}

/// A public key that the owner signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedKey {
    /// The number that the owner's app gave it.
    pub id: u32,
    /// The key: 32 bytes in base64.
    pub key: String,
    /// The signature by the identity key: 64 bytes in base64.
    pub signature: String,
}

/// A public key that is used for one conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneTimeKey {
    /// The number that the owner's app gave it. It never comes again on this device.
    pub id: u32,
    /// The key: 32 bytes in base64.
    pub key: String,
}

/// Publishes keys. Another identity key than before makes the device a new one: its one-time keys are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The device.
    pub device: DeviceId,
    /// Its identity key: 32 bytes in base64.
    pub identity_key: String,
    /// Its signed pre-key.
    #[serde(deserialize_with = "crate::object::only")]
    pub signed_pre_key: SignedKey,
    /// One-time keys to be added, at most 100; 200 lie ready at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_time_keys: Vec<OneTimeKey>,
}

/// A device of the caller's with keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceKeys {
    /// The device.
    pub device: DeviceId,
    /// Its identity key.
    pub identity_key: String,
    /// The number of its signed pre-key.
    pub signed_pre_key_id: u32,
    /// How many one-time keys lie ready: add some before there are none.
    pub one_time_keys: u32,
    /// Since when it has this identity key.
    pub since: At,
}

/// The caller's devices with keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MyKeys {
    /// The devices.
    pub devices: Vec<DeviceKeys>,
}

/// Takes somebody's keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRequest {
    /// Makes a repeat recognisable: it gives the same one-time keys.
    pub request_id: RequestId,
    /// Whose.
    pub uid: Uid,
    /// Only of this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// Keys with which a conversation with a device begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyBundle {
    /// The device.
    pub device: DeviceId,
    /// Its identity key.
    pub identity_key: String,
    /// Since when it has it: people should be told of a new one.
    pub since: At,
    /// Its signed pre-key.
    pub signed_pre_key: SignedKey,
    /// A key for this conversation alone; absent where none was left, or where the caller took too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time_key: Option<OneTimeKey>,
}

/// The keys of somebody's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyBundles {
    /// Whose.
    pub uid: Uid,
    /// One for each device.
    pub devices: Vec<KeyBundle>,
}

/// Takes a device out of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The device.
    pub device: DeviceId,
}
