-- The regions as they stand, for QGIS and its like: a cache that a lead's program keeps up, never read back.

CREATE TABLE region (
    id uuid PRIMARY KEY,
    class text,
    state text NOT NULL,
    srid int NOT NULL,
    shape bytea NOT NULL,
    mark bytea NOT NULL
);
COMMENT ON TABLE region IS 'Regions as a lead saw them last: class, state of the review, outline as WKB in the CRS of srid (0: none)';
COMMENT ON COLUMN region.mark IS 'SHA-256 of the rest, to find what has changed';
ALTER TABLE region ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON region FOR SELECT USING ((SELECT me()) IS NOT NULL);

CREATE FUNCTION put_regions(
    ids uuid[], classes text[], states text[], srids int[], shapes bytea[], marks bytea[], gone uuid[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, orthoscope, pg_temp AS $$
BEGIN
    IF NOT is_lead() THEN
        RAISE EXCEPTION '% does not lead this project', session_user USING ERRCODE = 'OS007';
    END IF;
    DELETE FROM region WHERE id = ANY (gone);
    INSERT INTO region (id, class, state, srid, shape, mark)
        SELECT * FROM unnest(ids, classes, states, srids, shapes, marks)
        ON CONFLICT (id) DO UPDATE SET class = excluded.class, state = excluded.state, srid = excluded.srid,
            shape = excluded.shape, mark = excluded.mark;
END $$;

-- Makes the map of the regions where PostGIS is; says whether it is there.
CREATE FUNCTION make_map() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
DECLARE
    home name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'postgis');
BEGIN
    IF NOT is_lead() THEN
        RAISE EXCEPTION '% does not lead this project', session_user USING ERRCODE = 'OS007';
    END IF;
    IF to_regclass('orthoscope.region_map') IS NOT NULL THEN RETURN true; END IF;
    IF home IS NULL THEN RETURN false; END IF;
    EXECUTE format(
        'CREATE VIEW orthoscope.region_map WITH (security_barrier) AS
         SELECT id, class, state, %1$I.ST_SetSRID(%1$I.ST_GeomFromWKB(shape), srid) AS geom
         FROM orthoscope.region WHERE orthoscope.me() IS NOT NULL', home);
    -- Whoever may read the regions may read their map.
    EXECUTE coalesce((SELECT 'GRANT SELECT ON orthoscope.region_map TO ' || string_agg(quote_ident(role), ', ')
        FROM member WHERE role <> session_user), 'SELECT');
    RETURN true;
END $$;
