-- Blobs: objects of one private bucket, under keys of the form owner/session/kind/name.

insert into storage.buckets (id, name, public) values ('workbench', 'workbench', false)
on conflict (id) do update set public = false;

-- The first folder is the owner's id. Objects are immutable, so there is no policy for updates.
create policy workbench_owner_reads on storage.objects for select to authenticated
  using (bucket_id = 'workbench' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy workbench_owner_writes on storage.objects for insert to authenticated
  with check (bucket_id = 'workbench' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy workbench_owner_deletes on storage.objects for delete to authenticated
  using (bucket_id = 'workbench' and (storage.foldername(name))[1] = (select auth.uid())::text);

create function public.blob_keys(p_prefix text, p_after text, p_limit integer) returns json
language sql stable security invoker set search_path = ''
as $$
  -- Bytes decide the order (collation "C"), so that a prefix is a range: up to its continuation by the
  -- last character that there is.
  select coalesce(json_agg(found.name), '[]')
  from (
    select name from storage.objects
    where bucket_id = 'workbench'
      and name collate "C" >= p_prefix and name collate "C" < p_prefix || U&'\+10FFFF'
      and (p_after is null or name collate "C" > p_after)
    order by name collate "C" limit p_limit
  ) as found
$$;
comment on function public.blob_keys is
  'The keys of blobs that begin with a prefix, taken as it is, sorted by bytes, after a key or from the first one';

revoke all on function public.blob_keys from public, anon, authenticated, service_role;
grant execute on function public.blob_keys to authenticated, service_role;
