"""Instances and services."""

from .components import ec2_instance, ecs_service, load_balancer
from .incident import ACCOUNT, ALICE, CI, arn, instance, service
from .registry import recorded

START, ROLLBACK = "start-instance", "rollback-ecs-service"
AUTO_SCALING = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling"


def stopped(incident, identity, state="stopped", application="intranet"):
    """The event that EC2 sends, and the instance as it is."""
    incident.event = incident.envelope("aws.ec2", "EC2 Instance State-change Notification", [instance(identity)],
                                       {"instance-id": identity, "state": state})
    incident.symptom = {"component": instance(identity), "metric": "StatusCheckFailed", "statistic": "Maximum"}
    incident.observe("firing", f"instance {identity} is {state}")
    incident.tag(instance(identity), application=application)
    return ec2_instance(incident.instance(identity, state), identity, until=-1)


def set_of(*identities):
    return {"instancesSet": {"items": [{"instanceId": one} for one in identities]}}


@recorded("2026-11-09T12:14:30", onset=1)
def instance_stopped_by_a_person(incident):
    """Alice stopped the wiki's server; nobody else knows why."""
    stopped(incident, "i-0a1b2c3d4e5f60718")
    incident.change(1, "ec2", "StopInstances", set_of("i-0a1b2c3d4e5f60718"), ALICE)
    incident.truth(instance("i-0a1b2c3d4e5f60718"), "stopped", "act", "It should run, and starting it can be undone.",
                   actions=[(START, instance("i-0a1b2c3d4e5f60718"))])


@recorded("2026-11-09T17:40:12", onset=1)
def instance_terminated(incident):
    """A server was terminated by hand. It does not come back."""
    stopped(incident, "i-0b7d2c3d4e5f60719", "terminated")
    incident.change(1, "ec2", "TerminateInstances", set_of("i-0b7d2c3d4e5f60719"), ALICE)
    incident.truth(instance("i-0b7d2c3d4e5f60719"), "stopped", "escalate", "It can only be replaced, by a human.",
                   forbidden=[(START,)])


@recorded("2026-11-08T03:22:45", onset=1)
def instance_scaled_in(incident):
    """The auto scaling group had one instance too many at night. Nothing is wrong."""
    stopped(incident, "i-0c9e2c3d4e5f60720", "terminated", application="render-farm")
    incident.change(2, "ec2", "TerminateInstances", set_of("i-0c9e2c3d4e5f60720"), AUTO_SCALING,
                    invoked_by="autoscaling.amazonaws.com")
    incident.truth(None, None, ["escalate", "ignored", "recovered"],
                   "Auto scaling ends what it began: the group is at the capacity that it wants.", forbidden=[(START,)])


@recorded("2026-11-08T15:31:19", onset=1)
def instance_interrupted_by_spot(incident):
    """EC2 took a spot instance back and stopped it. Starting it is refused until EC2 has room."""
    stopped(incident, "i-0d1f2c3d4e5f60721", application="render-farm")
    incident.change(3, "ec2", "BidEvictedEvent", None, "ec2.amazonaws.com", invoked_by="ec2.amazonaws.com")
    incident.truth(instance("i-0d1f2c3d4e5f60721"), "stopped", "escalate",
                   "Nobody called StopInstances: EC2 did it by itself, and has its reasons.", also_modes=["capacity"],
                   forbidden=[(START,)])


def shop_web(incident):
    incident.tag(service("shop", "web"))
    return service("shop", "web")


@recorded("2026-11-12T18:05:26", onset=9)
def ecs_deployment_failed(incident):
    """The pipeline deployed web:48, whose tasks never get healthy; the circuit breaker gave up."""
    web = shop_web(incident)
    ecs_service(incident, "shop", "web", cpu_at=64).service("shop", "web", 48, 47, "FAILED", 4, 3)
    incident.change(11, "ecs", "UpdateService", {"cluster": "shop", "service": "web", "taskDefinition": "web:48"}, CI)
    incident.event = incident.envelope("aws.ecs", "ECS Deployment State Change", [web], {
        "eventType": "ERROR", "eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": "ecs-svc/5411",
        "updatedAt": incident.text(0), "reason": "ECS deployment circuit breaker: tasks failed to start."})
    incident.symptom = {"component": web, "metric": "CPUUtilization", "statistic": "Average"}
    incident.observe("firing", "rollout FAILED, 3 of 4 tasks running, 12 failed")
    incident.truth(web, "bad_deployment", "ask", "Rolling back is right and risky: a human says yes first.",
                   actions=[(ROLLBACK, web)])


@recorded("2026-11-13T08:48:51", onset=5)
def ecs_deployment_in_progress(incident):
    """web:49 is being rolled out and its first tasks fail. ECS may still take it back by itself."""
    web = shop_web(incident)
    ecs_service(incident, "shop", "web", cpu_at=71).service("shop", "web", 49, 47, "IN_PROGRESS", 4, 2)
    incident.change(6, "ecs", "UpdateService", {"cluster": "shop", "service": "web", "taskDefinition": "web:49"}, CI)
    incident.alarm("web-cpu", web, "CPUUtilization", "Average", "AWS/ECS",
                   {"ClusterName": "shop", "ServiceName": "web"}, 60, 72.5)
    incident.truth(web, "bad_deployment", "escalate", "A rollout on its way may go either way: acting now would race it.",
                   also_modes=["cpu"])


@recorded("2026-11-14T20:16:07", onset=6)
def unhealthy_targets(incident):
    """A leak fills the memory of web's tasks until they are killed; the load balancer answers 503."""
    web = shop_web(incident)
    balancer = arn("elasticloadbalancing", "loadbalancer/app/shop/50dc6c495c0c9188")
    load_balancer(incident, balancer, refusing=0.24, failing=0.03, slower=2.2)
    ecs_service(incident, "shop", "web", memory=61, memory_at=99.5, cpu_at=52)
    incident.service("shop", "web", 47, 46, "COMPLETED", 4, 2).tag(balancer).calling((balancer, web))
    incident.alarm("shop-5xx", balancer, "HTTPCode_ELB_5XX_Count", "Sum", "AWS/ApplicationELB",
                   {"LoadBalancer": "app/shop/50dc6c495c0c9188"}, 50, 361)
    incident.truth(web, "memory", "escalate", "Targets are gone because their tasks ran out of memory.")
