-- What workers and the sweep may do, with the secret key. A fence that is not the task's current one is
-- refused (lease_lost); a call that was carried out but whose answer was lost may be repeated.

create function public.claim_task(
  p_task uuid, p_claim uuid, p_worker text, p_lease double precision, p_attempts integer,
  p_cancelled json, p_lost json
) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  task public.tasks := workbench.lock_task(p_task);
  moment timestamptz := workbench.now();
begin
  if task.claim_id = p_claim and (task.finished_at is null or task.worker is null) then
    return workbench.repeat_claim(task, p_lease, moment);
  elsif task.id is null or task.finished_at is not null then
    return workbench.claim_answer('ended', null, moment);
  elsif task.lease_until > moment then
    return workbench.claim_answer('taken', null, moment);
  elsif exists (
    select from public.tasks
    where session_id = task.session_id and finished_at is null and seq < task.seq
  ) then
    return workbench.claim_answer('blocked', null, moment);
  elsif task.cancel_requested then
    task := workbench.end_unheld_task(p_task, 'REVOKED', p_cancelled, p_claim, moment);
    return workbench.claim_answer('ended', task, moment);
  elsif task.attempts >= p_attempts then
    task := workbench.end_unheld_task(p_task, 'FAILURE', p_lost, p_claim, moment);
    return workbench.claim_answer('exhausted', task, moment);
  end if;
  update public.tasks
  set status = 'STARTED', attempts = attempts + 1, fence = fence + 1, claim_id = p_claim, worker = p_worker,
    lease_until = moment + make_interval(secs => p_lease), started_at = coalesce(started_at, moment)
  where id = p_task returning * into task;
  return workbench.claim_answer('claimed', task, moment);
end $$;
comment on function public.claim_task is
  'Take a task, if it is to be taken: counts the attempt, gives the fence and what to work on, begins the lease';

create function workbench.claim_answer(p_outcome text, p_task public.tasks, p_now timestamptz) returns json
language plpgsql set search_path = ''
as $$
declare
  claimed boolean := p_outcome = 'claimed';
begin
  return json_build_object(
    'outcome', p_outcome,
    'fence', case when claimed then p_task.fence else 0 end,
    'task', case when p_task.id is not null then to_json(p_task) end,
    'next_task', case when p_task.finished_at is not null then workbench.next_task(p_task, p_now) end,
    'inputs', case when claimed then workbench.inputs(p_task) end
  );
end $$;
comment on function workbench.claim_answer is 'What claim_task answers; with the task where the claim took or ended it';

create function workbench.repeat_claim(p_task public.tasks, p_lease double precision, p_now timestamptz)
returns json
language plpgsql set search_path = ''
as $$
declare
  task public.tasks := p_task;
begin
  if task.status = 'FAILURE' then
    return workbench.claim_answer('exhausted', task, p_now);
  elsif task.finished_at is not null then
    return workbench.claim_answer('ended', task, p_now);
  end if;
  update public.tasks set lease_until = p_now + make_interval(secs => p_lease)
  where id = task.id returning * into task;
  return workbench.claim_answer('claimed', task, p_now);
end $$;
comment on function workbench.repeat_claim is
  'The answer to a claim that did take or end the task, for the worker that did not get it';

create function workbench.inputs(p_task public.tasks) returns json
language plpgsql stable set search_path = ''
as $$
declare
  named text := p_task.payload ->> 'node_id';
  session public.sessions;
  node public.nodes;
begin
  if p_task.session_id is null or not workbench.is_command(p_task.kind) then
    return null;
  end if;
  select * into session from public.sessions where id = p_task.session_id;
  select * into node from public.nodes
  where id = case when named is null then session.head else workbench.to_uuid(named) end
    and session_id = session.id;
  return json_build_object(
    'node', node.record,
    'origin', workbench.origin(node, session.datasets),
    'datasets', (
      select coalesce(json_object_agg(dataset.key, source.record), '{}')
      from json_each_text(session.datasets) as dataset
        join public.nodes as source on source.id = dataset.value::uuid and source.session_id = session.id
    ),
    'made', (
      select coalesce(json_object_agg(child.fingerprint, child.id), '{}')
      from public.nodes as child where child.parent = node.id and child.session_id = session.id
    )
  );
end $$;
comment on function workbench.inputs is 'What a command works on; nothing of it changes while the task is claimed';

create function workbench.origin(p_node public.nodes, p_datasets json) returns text
language plpgsql stable set search_path = ''
as $$
declare
  names text[] := array(select json_object_keys(p_datasets));
begin
  if p_node.id is null then
    return null;
  elsif cardinality(names) = 1 then  -- there is nothing else to begin as: so a long line costs nothing
    return names[1];
  end if;
  return (
    with recursive path (id, parent) as (
      select p_node.id, p_node.parent
      union all
      select node.id, node.parent from path join public.nodes as node on node.id = path.parent
    )
    select node.record ->> 'dataset' from path join public.nodes as node using (id) where path.parent is null
  );
end $$;
comment on function workbench.origin is 'The name of the dataset that a node began as, along first parents';

create function public.renew_lease(p_task uuid, p_fence bigint, p_lease double precision) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
  cancel boolean;
begin
  update public.tasks set lease_until = workbench.now() + make_interval(secs => p_lease)
  where id = p_task and fence = p_fence and fence > 0 and finished_at is null
  returning cancel_requested into cancel;
  if cancel is null then  -- ended by this fence, or not its own
    cancel := (workbench.held_task(p_task, p_fence)).cancel_requested;
  end if;
  return cancel;
end $$;
comment on function public.renew_lease is 'Keep a task; answers whether its cancellation was asked for';

create function workbench.held_task(p_task uuid, p_fence bigint) returns public.tasks
language plpgsql set search_path = ''
as $$
declare
  task public.tasks := workbench.lock_task(p_task);
begin
  if task.id is null or p_fence < 1 or task.fence is distinct from p_fence then
    perform workbench.refuse(409, 'lease_lost', 'The task is no longer this worker''s');
  end if;
  return task;
end $$;
comment on function workbench.held_task is 'A task that this fence holds, or has ended, locked with its session';

create function public.commit_node(
  p_task uuid, p_fence bigint, p_node json, p_result json, p_move_head boolean
) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  task public.tasks := workbench.held_task(p_task, p_fence);
  moment timestamptz := workbench.now();
  dataset text := p_node ->> 'dataset';
  session public.sessions;
  node public.nodes;
begin
  if task.finished_at is not null then
    return workbench.ended_answer(task, moment);
  elsif task.session_id is null
    or (p_node ->> 'session_id', p_node ->> 'owner') is distinct from (task.session_id::text, task.owner::text)
  then
    perform workbench.refuse(400, 'invalid_parameter', 'The node is not of the session of its task');
  end if;
  select * into session from public.sessions where id = task.session_id;
  node := workbench.insert_or_find_node(p_node, task);
  if dataset is not null then
    update public.sessions
    set datasets = workbench.json_with(datasets, dataset, to_json(node.id)), updated_at = moment
    where id = session.id;
  end if;
  -- The first source node becomes the head, later ones are there by name.
  if p_move_head and (node.parent is not null or session.head is null) then
    perform workbench.advance_head(session, node.id, moment);
  end if;
  task := workbench.end_task(
    p_task, 'SUCCESS', workbench.json_with(p_result, 'node_id', to_json(node.id)), null, node.id, moment
  );
  return workbench.ended_answer(task, moment);
end $$;
comment on function public.commit_node is
  'End a task as SUCCESS with its node: node, head and task in one transaction. The only point at which a command takes effect';

create function workbench.insert_or_find_node(p_node json, p_task public.tasks) returns public.nodes
language plpgsql set search_path = ''
as $$
declare
  node public.nodes;
begin
  select * into node from public.nodes
  where session_id = p_task.session_id and fingerprint = p_node ->> 'fingerprint';
  if node.id is null then
    insert into public.nodes (id, session_id, owner, parent, fingerprint, record)
    values (
      (p_node ->> 'id')::uuid, p_task.session_id, p_task.owner, (p_node -> 'parents' ->> 0)::uuid,
      p_node ->> 'fingerprint', p_node
    ) returning * into node;
  end if;
  return node;
end $$;
comment on function workbench.insert_or_find_node is
  'The session''s node of this fingerprint: the one that is there, else this one; under the session''s lock';

create function workbench.ended_answer(p_task public.tasks, p_now timestamptz) returns json
language sql set search_path = ''
as $$
  select json_build_object(
    'task', p_task,
    'node', (select record from public.nodes where id = p_task.node_id),
    'next_task', workbench.next_task(p_task, p_now)
  )
$$;
comment on function workbench.ended_answer is 'What commit_node and finish_task answer, each time they are called';

create function public.finish_task(p_task uuid, p_fence bigint, p_status text, p_result json, p_error json)
returns json
language plpgsql security definer set search_path = ''
as $$
declare
  task public.tasks;
  moment timestamptz;
begin
  if p_status is null or p_status not in ('SUCCESS', 'FAILURE', 'REVOKED') then
    perform workbench.refuse(400, 'invalid_parameter', 'A task ends as SUCCESS, FAILURE or REVOKED');
  end if;
  task := workbench.held_task(p_task, p_fence);
  moment := workbench.now();
  if task.finished_at is null then
    task := workbench.end_task(p_task, p_status, p_result, p_error, null, moment);
  end if;
  return workbench.ended_answer(task, moment);
end $$;
comment on function public.finish_task is 'End a task without a node';

create function public.due_tasks(p_resend double precision, p_limit integer) returns json
language sql security definer set search_path = ''
as $$
  -- Due are tasks that nobody claimed since they were sent, and tasks whose lease ran out. Handing out one of
  -- the latter takes its lease away, so that from then on it counts like one of the former. What another
  -- sweep is handing out right now is left to it. Nothing that a user wrote is answered: with it one user could
  -- make the answer too large, or unreadable to whoever sweeps for all.
  with clock as materialized (select workbench.now() as moment),
  due as materialized (
    select task.id from public.tasks as task, clock
    where task.finished_at is null
      and (
        task.lease_until <= moment
        or (task.lease_until is null and task.sent_at <= moment - make_interval(secs => p_resend))
      )
      and not exists (
        select from public.tasks as earlier
        where earlier.session_id = task.session_id and earlier.finished_at is null and earlier.seq < task.seq
      )
    order by task.seq limit p_limit for no key update of task skip locked
  ),
  handed_out as (
    update public.tasks as task set sent_at = moment, lease_until = null
    from due, clock where task.id = due.id
    returning task.seq, task.id, task.owner, task.session_id, task.kind, task.queue
  )
  select coalesce(
    json_agg(
      json_build_object('id', id, 'owner', owner, 'session_id', session_id, 'kind', kind, 'queue', queue)
      order by seq
    ), '[]'
  ) from handed_out
$$;
comment on function public.due_tasks is
  'Take the tasks that should be sent (again), first of their session''s unfinished only; each to one caller';

create function public.purge_tasks(p_days double precision) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
  purged integer;
begin
  delete from public.tasks where finished_at < workbench.now() - make_interval(secs => p_days * 86400);
  get diagnostics purged = row_count;
  return purged;
end $$;
comment on function public.purge_tasks is 'Delete the rows of tasks that ended so long ago; answers how many';

revoke all on all functions in schema workbench from public;
revoke all on function public.claim_task, public.renew_lease, public.commit_node, public.finish_task,
  public.due_tasks, public.purge_tasks
  from public, anon, authenticated, service_role;
grant execute on function public.claim_task, public.renew_lease, public.commit_node, public.finish_task,
  public.due_tasks, public.purge_tasks
  to service_role;
