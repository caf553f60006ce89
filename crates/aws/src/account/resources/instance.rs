//! Reads an EC2 instance's state.

use common::{
    Arn, Observed,
    evidence::InstanceState,
    ports::{PortError, PortErrorKind, Reading},
};

use crate::{account::ec2, cli_command::aws, signed_http::SignedClient};

pub(super) async fn state(
    client: &SignedClient,
    arn: &Arn,
    id: &str,
) -> Result<Reading<Observed>, PortError> {
    let gone =
        || PortError::new(format!("DescribeInstances {id}"), PortErrorKind::NotFound, "no such instance");
    let ec2::Instance { state, launched_at } = ec2::instance(client, id).await?.ok_or_else(gone)?;
    let state = InstanceState { arn: arn.clone(), id: id.to_owned(), state, launched_at };
    let query = aws(["ec2", "describe-instances", "--instance-ids", id]);
    Ok(Reading::new(query, Observed::Instance { state }))
}
