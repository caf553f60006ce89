//! Defines the telemetry that the engine is run on.

use common::{
    Arn,
    telemetry::{CallGraph, CallNode, LogLines, MetricSeries},
};

use crate::evidence::evidence_window::EvidenceWindow;

/// One function's lines before and during the incident.
#[derive(Debug, Clone)]
pub struct FunctionLogs {
    pub function: Arn,
    pub baseline: LogLines,
    pub incident: LogLines,
}

/// The telemetry that the engine is run on.
#[derive(Debug)]
pub struct Telemetry {
    pub window: EvidenceWindow,
    /// The symptom's component.
    pub symptom: CallNode,
    /// The call graph around the symptom.
    pub graph: CallGraph,
    pub series: Vec<MetricSeries>,
    pub logs: Vec<FunctionLogs>,
}
