-- Only for tests, applied after the project's own migrations: two users, a clock to set, a way to begin anew.

insert into auth.users (id, email) values
  ('3f0c5a52-6d54-4b43-9d0e-6a6f6d1f0a01', 'ana@example.com'),
  ('3f0c5a52-6d54-4b43-9d0e-6a6f6d1f0b02', 'ben@example.com')
on conflict (id) do nothing;

create schema if not exists workbench;

-- No row: the clock goes as it does everywhere.
create table workbench.test_clock (
  only_row boolean primary key default true check (only_row),
  now timestamptz not null
);

create or replace function workbench.now() returns timestamptz
language sql volatile security definer set search_path = ''
as $$ select coalesce((select c.now from workbench.test_clock c), pg_catalog.clock_timestamp()) $$;

create function public.set_test_clock(p_now timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  delete from workbench.test_clock where true;
  if p_now is not null then
    insert into workbench.test_clock (now) values (p_now);
  end if;
end $$;

-- Empties every table of ours and the bucket; users stay.
create function public.reset_for_test() returns void
language plpgsql security definer set search_path = ''
as $$
declare
  tables text;
begin
  select pg_catalog.string_agg(pg_catalog.format('%I.%I', schemaname, tablename), ', ') into tables
    from pg_catalog.pg_tables where schemaname = 'public';
  if tables is not null then
    execute 'truncate ' || tables || ' restart identity';
  end if;
  delete from storage.objects where bucket_id = 'workbench';
  delete from workbench.test_clock where true;
end $$;

revoke all on function public.set_test_clock(timestamptz), public.reset_for_test() from public, anon, authenticated;
grant execute on function public.set_test_clock(timestamptz), public.reset_for_test() to service_role;
