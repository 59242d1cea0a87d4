-- How many tasks may be open at one time: of a session, and of a user.

create index tasks_open_of_owner on public.tasks (owner) where finished_at is null;

create or replace function public.schema_version() returns integer
language sql immutable security invoker set search_path = ''
as $$ select 3 $$;

create or replace function workbench.check_submission(
  p_caller uuid, p_kind text, p_payload json, p_session uuid
) returns void
language plpgsql set search_path = ''
as $$
begin
  if json_typeof(p_payload) is distinct from 'object' then
    perform workbench.refuse(400, 'invalid_parameter', 'The payload of a task is an object');
  elsif p_session is not null then
    perform workbench.check_target(p_caller, p_kind, p_payload, p_session);
  elsif p_kind is distinct from 'test_task' then
    perform workbench.refuse(400, 'invalid_parameter', 'A task of this kind needs a session');
  end if;
  perform workbench.check_room(p_caller, p_session);
end $$;
comment on function workbench.check_submission is
  'Refuse a task that has nothing to work on, would work on what is not the caller''s, or is one too many';

create function workbench.check_target(
  p_caller uuid, p_kind text, p_payload json, p_session uuid
) returns void
language plpgsql set search_path = ''
as $$
declare
  session public.sessions := workbench.lock_session(p_session, p_caller);
  uploads text := p_caller || '/' || p_session || '/uploads/';
begin
  if p_payload ->> 'node_id' is not null
    and not workbench.is_node_of(workbench.to_uuid(p_payload ->> 'node_id'), p_session) then
    perform workbench.refuse(404, 'node_not_found', 'There is no such node in the session');
  elsif p_kind = 'ingest_dataset' and not workbench.is_upload(p_payload ->> 'upload', uploads) then
    perform workbench.refuse(400, 'invalid_parameter', 'The upload is not of the session');
  elsif session.head is null and workbench.is_command(p_kind)
    and not exists (
      select from public.tasks
      where session_id = p_session and finished_at is null and kind = 'ingest_dataset'
    ) then
    perform workbench.refuse(409, 'session_empty', 'The session has no data yet');
  end if;
end $$;
comment on function workbench.check_target is
  'Refuse a task of a session that has nothing to work on there; locks the session';

create function workbench.open_tasks_of(p_owner uuid) returns bigint
language sql volatile set search_path = ''  -- volatile: each call sees what was committed by then
as $$ select count(*) from public.tasks where owner = p_owner and finished_at is null $$;
comment on function workbench.open_tasks_of is 'How many tasks of a user wait or run';

create function workbench.check_room(p_caller uuid, p_session uuid) returns void
language plpgsql set search_path = ''
as $$
begin
  -- Sessions do not wait for each other, but where a user's limit is near: there each counts what the one
  -- before has added. This lock is the last that is taken, and its seed keeps it apart from those of
  -- submissions, so nobody waits in a circle.
  if workbench.open_tasks_of(p_caller) >= 800 then
    perform pg_advisory_xact_lock(hashtextextended(p_caller::text, 1));
  end if;
  if (select count(*) from public.tasks where session_id = p_session and finished_at is null) >= 200 then
    perform workbench.refuse(429, 'too_many_tasks', 'The session has as many open tasks as it may');
  elsif workbench.open_tasks_of(p_caller) >= 1000 then
    perform workbench.refuse(429, 'too_many_tasks', 'The user has as many open tasks as one may');
  end if;
end $$;
comment on function workbench.check_room is
  'Refuse a task where 200 of the session, or 1000 of the user, are open; to be called under the session''s lock';

revoke all on all functions in schema workbench from public;
