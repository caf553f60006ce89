//! An EC2 instance's state.

use aws_sdk_ec2::{Client, types::Reservation};
use common::{
    Arn, Observed,
    evidence::InstanceState,
    ports::{PortError, PortErrorKind, Reading},
};

use crate::{error::failed, query::aws};

pub(super) async fn state(client: &Client, arn: &Arn, id: &str) -> Result<Reading<Observed>, PortError> {
    let operation = format!("DescribeInstances {id}");
    let answer = client
        .describe_instances()
        .instance_ids(id)
        .send()
        .await
        .map_err(|error| failed(&operation, error))?;
    let instance = answer.reservations().iter().flat_map(Reservation::instances).next();
    let state = instance
        .and_then(|instance| instance.state()?.name())
        .ok_or_else(|| PortError::new(operation, PortErrorKind::NotFound, "no such instance"))?;
    let state = InstanceState { arn: arn.clone(), id: id.to_owned(), state: state.as_str().to_owned() };
    let query = aws(["ec2", "describe-instances", "--instance-ids", id]);
    Ok(Reading::new(query, Observed::Instance { state }))
}
