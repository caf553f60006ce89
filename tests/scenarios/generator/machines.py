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
    incident.change(1, "ec2", "StopInstances", set_of("i-0a1b2c3d4e5f60718"), ALICE, console=True)
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


def stopped_by(incident, identity, actor, application="intranet", minutes=1, **how):
    """An instance that somebody stopped on purpose."""
    stopped(incident, identity, application=application)
    incident.change(minutes, "ec2", "StopInstances", set_of(identity), actor, **how)


def session(role, name):
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"


def intended(incident, identity, why, **more):
    incident.truth(instance(identity), "stopped", "escalate", why, forbidden=[(START,)], **more)


@recorded("2026-11-09T20:01:12", onset=1)
def instance_stopped_by_the_scheduler(incident):
    """Instance Scheduler on AWS stopped the build server for the night, as it does every evening."""
    one, scheduler = "i-0e1f2c3d4e5f60722", session("hub-Scheduler-Role", "InstanceScheduler")
    agent = "Boto3/1.34.1 md/Botocore#1.34.1 AwsSolution/SO0030/v3.0.9"
    stopped_by(incident, one, scheduler, agent=agent)
    incident.tag(instance(one), application="intranet", Schedule="office-hours")
    for night in range(1, 6):
        incident.change(1 + night * 24 * 60, "ec2", "StopInstances", set_of(one), scheduler, agent=agent)
    intended(incident, one, "It is off at night because somebody wants it to be.")


@recorded("2026-11-10T19:31:40", onset=1)
def instance_stopped_out_of_habit(incident):
    """A script with a role that says nothing stops the test server every evening at half past seven."""
    one, script = "i-0e2f2c3d4e5f60723", session("ops", "3f9a")
    stopped_by(incident, one, script)
    for night in (1, 2, 5, 6):
        incident.change(3 + night * 24 * 60, "ec2", "StopInstances", set_of(one), session("ops", f"run-{night}"))
    intended(incident, one, "Whoever it is does it every evening.")


@recorded("2026-11-10T09:14:02", onset=1)
def instance_stopped_by_nobody_known(incident):
    """A role that says nothing stopped a server. It may have been meant."""
    one = "i-0e3f2c3d4e5f60724"
    stopped_by(incident, one, session("ops", "3f9a"))
    incident.truth(instance(one), "stopped", "ask", "Who it was, and whether it was meant, only a person can find out.",
                   actions=[(START, instance(one))])


@recorded("2026-11-08T11:20:33", onset=1)
def instance_in_a_warm_pool(incident):
    """The Auto Scaling group put an instance back into its warm pool: stopped until it is needed."""
    one = "i-0e4f2c3d4e5f60725"
    stopped_by(incident, one, AUTO_SCALING, "render-farm", invoked_by="autoscaling.amazonaws.com",
               issuer="aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")
    incident.tag(instance(one), application="render-farm", **{"aws:autoscaling:groupName": "render"})
    intended(incident, one, "The group wants it stopped, and stops it again.")


@recorded("2026-11-08T16:02:51", onset=1)
def instance_stopped_by_spot(incident):
    """EC2 Spot stopped an instance of a request whose interruption behaviour is to stop."""
    one = "i-0e5f2c3d4e5f60726"
    stopped_by(incident, one, session("AWSServiceRoleForEC2Spot", "spot"), "render-farm",
               invoked_by="spot.amazonaws.com",
               issuer="aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot")
    intended(incident, one, "EC2 starts it again when it has room.", also_modes=["capacity"])


@recorded("2026-11-09T02:05:19", onset=1)
def instance_stopped_for_maintenance(incident):
    """A maintenance window of Systems Manager stopped the server to change its type."""
    one = "i-0e6f2c3d4e5f60727"
    stopped_by(incident, one, session("maintenance", "Automation-5f1c"), invoked_by="ssm.amazonaws.com")
    intended(incident, one, "The window is not over, and starts it at its end.")


@recorded("2026-11-09T03:40:08", onset=1)
def instance_stopped_for_a_backup(incident):
    """AWS Backup stopped the server for an image without open files."""
    one = "i-0e7f2c3d4e5f60728"
    stopped_by(incident, one, session("AWSBackupDefaultServiceRole", "AWSBackup"), invoked_by="backup.amazonaws.com")
    intended(incident, one, "It would spoil the image, and AWS Backup starts it afterwards.")


@recorded("2026-11-11T13:22:47", onset=1)
def instance_in_quarantine(incident):
    """An analyst stopped a server that mines bitcoin. GuardDuty's finding is open."""
    one = "i-0e8f2c3d4e5f60729"
    stopped_by(incident, one, ALICE, console=True)
    incident.finding(instance(one), "CRITICAL", "CryptoCurrency:EC2/BitcoinTool.B!DNS", True)
    intended(incident, one, "Starting it would give it back to the attacker.")


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
