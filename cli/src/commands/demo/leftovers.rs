//! A demo that was killed leaves calls behind. The next one on the same data ends them, so that its people are free to call.

use callboard_contract::adm::calls::{ActRequest, End};
use callboard_domain::RequestId;

use super::{cast, crowd, live, show};
use crate::connect::House;
use crate::context::Context;
use crate::fail::{Category, Result};

/// Ends the calls of the people of the demo. To be asked before anybody of them comes in, on a stack that nobody else uses.
pub(super) async fn end(context: &Context, house: &House) -> Result<()> {
    for call in live(house).await?.into_iter().filter(|call| crowd::calls(&call.payee) || show::calls(&call.payee)) {
        context.note(format!("ending a call of {} that an earlier demo left behind", call.payee));
        let request = ActRequest {
            request_id: RequestId::generate(),
            call_id: call.call_id,
            reason: cast::reason("an earlier demo was cut short"),
            expect_version: None,
            dry_run: false,
        };
        match house.call::<End>(&request).await {
            // It ended by itself meanwhile.
            Err(failure) if failure.category != Category::Conflict => return Err(failure),
            _ => {}
        }
    }
    Ok(())
}
