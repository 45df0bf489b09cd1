//! `callboard-billing bootstrap`: applies the streams and makes the first admin. Repeating it changes nothing.
//!
//! The credential is written before the key is registered: if this is cut short in between, the next run registers the key that is
//! in the file. A key that is registered has therefore always been written down.

use std::path::PathBuf;
use std::time::Duration;

use callboard_bus::{Auth, Bus, ConnectConfig};
use callboard_client::credential::Credential;
use callboard_contract::subject;
use callboard_domain::StaffName;
use callboard_people::staff;
use callboard_store::Store;
use callboard_worker::{SetupError, read_secret};

use crate::once::Failure;

/// How long NATS may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Applies the streams and makes the first admin where there is none; repeating it changes nothing.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-billing bootstrap")]
pub(crate) struct Bootstrap {
    /// Name of the first admin.
    #[arg(long)]
    admin: StaffName,
    /// File that the admin's credential is written to; only its owner can read it.
    #[arg(long)]
    credential_out: PathBuf,
    /// Address of the database, as the role that owns the schema.
    #[arg(long, env = "CALLBOARD_DATABASE_OWNER_URL", hide_env_values = true)]
    database_owner_url: String,
    /// Address of nats-server; several of a cluster separated by commas.
    #[arg(long, env = "CALLBOARD_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    nats_url: String,
    /// File with the seed of an nkey that may apply streams.
    #[arg(long, env = "CALLBOARD_NATS_SEED_FILE")]
    nats_seed_file: PathBuf,
}

pub(crate) async fn run(config: Bootstrap) -> Result<String, Failure> {
    let seed = read_secret(&config.nats_seed_file)?;
    let store = Store::open(&config.database_owner_url, 2)
        .map_err(|e| SetupError(format!("the database's address cannot be used: {e}")))?;
    apply_streams(&config, seed).await?;
    let file = &config.credential_out;
    let there = file.try_exists().map_err(|e| Failure::of(&format!("cannot look at {}", file.display()), e))?;
    let credential = if there {
        Credential::read(file)
            .map_err(|e| Failure::of("the credential that is there cannot be used; move it away", e))?
    } else {
        let mut credential = Credential::generate(config.admin.clone());
        credential.server = Some(config.nats_url.clone());
        credential
    };
    if there && credential.name != config.admin {
        let text = format!("{} is the credential of {}, not of {}", file.display(), credential.name, config.admin);
        return Err(SetupError(text).into());
    }
    let admins =
        staff::ls(&store).await.map_err(|e| Failure::of("cannot read the staff; was the database migrated?", e))?;
    if admins.iter().any(|m| m.revoked_at.is_none() && m.role == callboard_domain::Role::Admin) {
        return Ok("streams applied; there is an admin already".to_owned());
    }
    if !there {
        credential.write(file).map_err(|e| Failure::of("cannot write the credential", e))?;
    }
    let made = staff::bootstrap(&store, &credential.name, &credential.public_key()).await;
    match made.map_err(|e| Failure::of("cannot register the admin", e))? {
        Some(member) => {
            Ok(format!("streams applied; {} is the first admin, credential in {}", member.name, file.display()))
        }
        None => Ok("streams applied; there is an admin already".to_owned()),
    }
}

async fn apply_streams(config: &Bootstrap, seed: String) -> Result<(), Failure> {
    let connecting = Bus::connect(ConnectConfig {
        url: config.nats_url.clone(),
        name: "callboard-bootstrap".to_owned(),
        auth: Auth::Nkey(seed),
        inbox: subject::inbox("bootstrap"),
    });
    let bus = connecting.await.map_err(|e| SetupError(e.to_string()))?;
    bus.wait_connected(PATIENCE)
        .await
        .map_err(|e| Failure::of(&format!("cannot reach nats at {}", config.nats_url), e))?;
    bus.apply_streams().await.map_err(|e| Failure::of("cannot apply the streams", e))?;
    Ok(())
}
