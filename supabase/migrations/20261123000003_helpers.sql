-- What the functions of owners and of the service have in common.
--
-- Locks: a session's row first, then the task's, so that no two callers wait for each other in a circle. All
-- that changes a session or its tasks does so under the lock of the session, hence one after the other.
-- "no key update" is as strong against each other and against a deletion, and lets rows refer to the locked.

create function workbench.refuse(p_status integer, p_code text, p_message text) returns void
language plpgsql set search_path = ''
as $$
begin
  raise exception using errcode = 'PT' || p_status, message = p_message, detail = p_code;
end $$;
comment on function workbench.refuse is
  'Answer with an HTTP status, a sentence for people and, as detail, the workbench''s stable error code';

create function workbench.caller() returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  caller uuid := auth.uid();
begin
  if caller is null then
    perform workbench.refuse(401, 'unauthorized', 'No user is signed in');
  end if;
  return caller;
end $$;
comment on function workbench.caller is 'The user whose token came with the request';

create function workbench.to_uuid(p_text text) returns uuid
language sql immutable set search_path = ''
as $$
  select case
    when p_text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then p_text::uuid
  end
$$;
comment on function workbench.to_uuid is 'A UUID in its canonical form, or null: whatever else it is, it is no id';

create function workbench.json_with(p_object json, p_key text, p_value json) returns json
language sql immutable set search_path = ''
as $$
  select json_object_agg(member.key, member.value order by member.place)
  from (
    select key, case when key = p_key then p_value else value end as value, place
    from json_each(p_object) with ordinality as given (key, value, place)
    union all
    select p_key, p_value, null  -- nulls come last
    where not exists (select from json_object_keys(p_object) as given (key) where given.key = p_key)
  ) as member
$$;
comment on function workbench.json_with is 'An object with one member replaced, or added at its end; the rest as it is';

create function workbench.lock_session(p_session uuid, p_owner uuid) returns public.sessions
language plpgsql set search_path = ''
as $$
declare
  session public.sessions;
begin
  select * into session from public.sessions
  where id = p_session and owner = p_owner for no key update;
  if session.id is null then
    perform workbench.refuse(404, 'session_not_found', 'There is no such session');
  end if;
  return session;
end $$;
comment on function workbench.lock_session is 'An owner''s session, locked; somebody else''s is as unknown';

create function workbench.lock_task(p_task uuid) returns public.tasks
language plpgsql set search_path = ''
as $$
declare
  task public.tasks;
begin
  perform from public.tasks join public.sessions on sessions.id = tasks.session_id
  where tasks.id = p_task for no key update of sessions;
  select * into task from public.tasks where id = p_task for no key update;
  return task;
end $$;
comment on function workbench.lock_task is 'A task with its session locked, or null where it is not (or no longer) there';

create function workbench.is_node_of(p_node uuid, p_session uuid) returns boolean
language sql stable set search_path = ''
as $$ select exists (select from public.nodes where id = p_node and session_id = p_session) $$;
comment on function workbench.is_node_of is 'Whether a node is of a session';

create function workbench.has_open_task(p_session uuid) returns boolean
language sql stable set search_path = ''
as $$ select exists (select from public.tasks where session_id = p_session and finished_at is null) $$;
comment on function workbench.has_open_task is 'Whether tasks of a session wait or run';

create function workbench.advance_head(p_session public.sessions, p_node uuid, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_session.head = p_node then
    return;
  end if;
  delete from public.head_history where session_id = p_session.id and position > p_session.head_at;
  insert into public.head_history (owner, session_id, position, node_id)
  values (p_session.owner, p_session.id, p_session.head_at + 1, p_node);
  update public.sessions
  set head = p_node, head_at = p_session.head_at + 1, head_end = p_session.head_at + 1, updated_at = p_now
  where id = p_session.id;
end $$;
comment on function workbench.advance_head is
  'Move the head; what lay ahead can no longer be redone. A head that is there already stays';

create function workbench.end_task(
  p_task uuid, p_status text, p_result json, p_error json, p_node uuid, p_now timestamptz
) returns public.tasks
language sql set search_path = ''
as $$
  update public.tasks
  set status = p_status, result = p_result, error = p_error, node_id = p_node,
    lease_until = null, finished_at = p_now
  where id = p_task returning *
$$;
comment on function workbench.end_task is 'End a task for its worker, which keeps the fence: it may repeat the call';

create function workbench.end_unheld_task(
  p_task uuid, p_status text, p_error json, p_claim uuid, p_now timestamptz
) returns public.tasks
language sql set search_path = ''
as $$
  update public.tasks
  set status = p_status, error = p_error, claim_id = p_claim, worker = null, fence = fence + 1,
    lease_until = null, finished_at = p_now
  where id = p_task returning *
$$;
comment on function workbench.end_unheld_task is
  'End a task over the head of its worker: the fence rises, so that a late one finds its lease lost';

create function workbench.next_task(p_ended public.tasks, p_now timestamptz) returns json
language plpgsql set search_path = ''
as $$
declare
  following public.tasks;
begin
  select * into following from public.tasks
  where session_id = p_ended.session_id and finished_at is null order by seq limit 1;
  if following.id is null or following.seq < p_ended.seq or following.status <> 'PENDING' then
    return null;
  end if;
  update public.tasks set sent_at = p_now where id = following.id returning * into following;
  return to_json(following);
end $$;
comment on function workbench.next_task is
  'The task of the session that the end of another has let go, noted as sent; to be called under the session''s lock';

-- Functions may be executed by everybody unless this is taken back; callers reach these through the functions
-- of "public", which run as their owner.
revoke all on all functions in schema workbench from public;
