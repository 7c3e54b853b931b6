"""deploy: the four flows for workers of a work pool (`minyi flows deploy`), the shape of a province.

The same flows, schedules and limits as `minyi up` serves on one machine; deploy/prefect.yaml says the same for who
deploys by Prefect's own command. Every run is told to stay at home and to give signs of life, whatever the
environment of its worker says. A worker needs this package installed, and MINYI_HOME as an absolute path.
"""

from __future__ import annotations

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.schedules import Cron, Schedule
from prefect.settings import get_current_settings
from prefect.types.entrypoint import EntrypointType

from flows.crashes import ensure_automation
from flows.offline import RUNS
from flows.serve import FLOWS, NAME, Served, at_most, flow_of
from pipeline.errors import Broken, Transient, UsageError

POOL = "minyi"
TYPE = "process"


async def deploy(zone: str, pool: str = POOL, together: int | None = None) -> list[str]:
    """Make the pool where it is missing, deploy every flow to it, make the automation; what was deployed, as
    FLOW/NAME. Harmless again.

    Raises UsageError for a pool of another type, Transient when the server does not answer.
    """
    address()
    try:
        async with get_client() as client:
            await _ensure_pool(client, pool)
            await ensure_automation(client)
            for one in FLOWS:
                await _put_up(client, await deployment(one, zone, pool, together))
    except PrefectHTTPStatusError as error:
        raise Broken(
            f"Prefect 服务器没有接受：{error.response.status_code}", where=address(), fix="请看服务器的日志"
        ) from error
    except OSError as error:
        raise Transient(
            "Prefect 服务器没有应答", where=address(), fix="请核对 PREFECT_API_URL，看服务器是否在运行"
        ) from error
    return [f"{one.name}/{NAME}" for one in FLOWS]


async def deployment(one: Served, zone: str, pool: str = POOL, together: int | None = None) -> RunnerDeployment:
    """A flow's deployment to a pool; `together` runs of process at a time instead of the usual number."""
    times = schedules(one, zone, together)
    return await flow_of(one).ato_deployment(
        name=NAME,
        schedules=times,
        concurrency_limit=at_most(len(times)),
        tags=one.tags,
        work_pool_name=pool,
        job_variables={"env": dict(RUNS)},
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def schedules(one: Served, zone: str, together: int | None = None) -> list[Schedule]:
    """A schedule for each run that goes on at once; those beside the first have a share of their own."""
    crons = [one.cron, *one.more]
    if one.more and together:
        crons = [crons[n % len(crons)] for n in range(together)]
    first, *more = crons
    return [
        Cron(first, timezone=zone, slug="1"),
        *(Cron(cron, timezone=zone, slug=f"{n}", parameters={"share": n}) for n, cron in enumerate(more, 2)),
    ]


def address() -> str:
    """Prefect's server as Prefect knows it, from the environment or its profile. Raises UsageError when there is
    none."""
    url = get_current_settings().api.url
    if not url:
        raise UsageError(
            "没有写明 Prefect 服务器",
            where="PREFECT_API_URL",
            fix="请设 PREFECT_API_URL=http://主机:4200/api；单机请用 minyi up",
        )
    return url


async def _put_up(client: PrefectClient, wanted: RunnerDeployment) -> None:
    number = await wanted.aapply()
    kept = {one.slug for one in wanted.schedules or []}
    for one in (await client.read_deployment(number)).schedules:
        if one.slug not in kept:  # Prefect adds and renews, and would keep what an earlier deploying had more
            await client.delete_deployment_schedule(number, one.id)


async def _ensure_pool(client: PrefectClient, pool: str) -> None:
    try:
        found = await client.read_work_pool(pool)
    except ObjectNotFound:
        found = await client.create_work_pool(WorkPoolCreate(name=pool, type=TYPE))
    if found.type != TYPE:
        raise UsageError(
            f"工作池 {pool} 的类型是 {found.type}", where="--pool", fix=f"请换一个名称，或用类型为 {TYPE} 的工作池"
        )
