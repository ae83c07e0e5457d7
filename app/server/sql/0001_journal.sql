-- The journal of one project. Everything is in a schema of its own; members read tables through row-level security and
-- write through functions only.

CREATE TABLE about (name text PRIMARY KEY, value text NOT NULL);
COMMENT ON TABLE about IS 'What project this is: its identity, the hash that its first entry names, the size of a committee';

CREATE TABLE member (
    role name PRIMARY KEY,
    author text NOT NULL CHECK (author <> ''),
    part text NOT NULL CHECK (part IN ('annotator', 'reviewer', 'committee', 'lead')),
    removed boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE member IS 'Which role of PostgreSQL is which member of the project';

CREATE TABLE entry (
    place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    before bytea NOT NULL CHECK (octet_length(before) = 32),
    number bigint NOT NULL CHECK (number > 0),
    at_ms bigint NOT NULL,
    author text NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    changes text[] NOT NULL,
    bytes bigint NOT NULL,
    key bytea CHECK (octet_length(key) = 32),
    signature bytea CHECK (octet_length(signature) = 64),
    sender name NOT NULL DEFAULT session_user,
    sent xid8 NOT NULL DEFAULT pg_current_xact_id(),
    held_by bigint[] NOT NULL
);
CREATE INDEX entry_sent ON entry (sent);
CREATE INDEX entry_held ON entry (place) WHERE held_by <> '{}';
COMMENT ON TABLE entry IS 'The journal: entries as they were written, in the order of arrival. Only ever appended to';
COMMENT ON COLUMN entry.held_by IS 'Rounds of committees until whose end only its author sees the entry';

-- What appending must know of every entry, whoever may see it.
CREATE TABLE node (hash bytea PRIMARY KEY, number bigint NOT NULL, held_by bigint[] NOT NULL);

CREATE TABLE round (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    region uuid NOT NULL,
    voters text[] NOT NULL DEFAULT '{}',
    over xid8,
    closed boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX round_open ON round (region) WHERE NOT closed;
CREATE INDEX round_over ON round (over);
COMMENT ON TABLE round IS 'Committees: who has voted on which case, in which transaction the last of them did, and whether a label has answered them';

CREATE TABLE vote (
    id uuid PRIMARY KEY,
    round bigint NOT NULL REFERENCES round,
    region uuid NOT NULL,
    member text NOT NULL,
    stage text NOT NULL,
    seal bytea,
    answered boolean NOT NULL DEFAULT false
);
CREATE INDEX vote_round ON vote (round);

CREATE TABLE opening (
    vote uuid PRIMARY KEY REFERENCES vote,
    round bigint NOT NULL,
    member text NOT NULL,
    salt bytea NOT NULL,
    said text NOT NULL
);
COMMENT ON TABLE opening IS 'What sealed votes say: shown to their voters, and to the others when the round is over';

CREATE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is only appended to' USING ERRCODE = 'OS010';
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION never_changed();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON opening
    FOR EACH STATEMENT EXECUTE FUNCTION never_changed();

-- Who asks. SET ROLE does not change it.
CREATE FUNCTION me() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT author FROM member WHERE role = session_user AND NOT removed
$$;

CREATE FUNCTION is_lead() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT EXISTS (SELECT FROM member WHERE role = session_user AND NOT removed AND part = 'lead')
$$;

CREATE FUNCTION all_over(rounds bigint[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM round WHERE id = ANY (rounds) AND over IS NULL)
$$;

CREATE FUNCTION any_over_since(rounds bigint[], since xid8) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT EXISTS (SELECT FROM round WHERE id = ANY (rounds) AND over >= since)
$$;

ALTER TABLE entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE entry FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON entry FOR SELECT USING (
    (SELECT me()) IS NOT NULL AND (held_by = '{}' OR author = (SELECT me()) OR all_over(held_by))
);
CREATE POLICY appended ON entry FOR INSERT WITH CHECK (true);

ALTER TABLE opening ENABLE ROW LEVEL SECURITY;
ALTER TABLE opening FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON opening FOR SELECT USING (
    (SELECT me()) IS NOT NULL AND (member = (SELECT me()) OR all_over(ARRAY[round]))
);
CREATE POLICY deposited ON opening FOR INSERT WITH CHECK (true);

ALTER TABLE member ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON member FOR SELECT USING (role = session_user OR (SELECT me()) IS NOT NULL);

-- Whole numbers as the journal hashes them: eight bytes, the least first.
CREATE FUNCTION le8(n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT substring(b FROM 8 FOR 1) || substring(b FROM 7 FOR 1) || substring(b FROM 6 FOR 1)
        || substring(b FROM 5 FOR 1) || substring(b FROM 4 FOR 1) || substring(b FROM 3 FOR 1)
        || substring(b FROM 2 FOR 1) || substring(b FROM 1 FOR 1)
    FROM (SELECT int8send(n) AS b) AS bytes
$$;

CREATE FUNCTION piece(b bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT le8(octet_length(b)) || b
$$;

CREATE FUNCTION hash_of(before bytea, number bigint, at_ms bigint, author text, kind text, body text, changes text[])
    RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT sha256(
        before || le8(number) || le8(at_ms) || le8(cardinality(changes))
        || piece(convert_to(author, 'UTF8')) || piece(convert_to(kind, 'UTF8')) || piece(convert_to(body, 'UTF8'))
        || coalesce(
            (SELECT string_agg(piece(convert_to(c, 'UTF8')), ''::bytea ORDER BY n)
             FROM unnest(changes) WITH ORDINALITY AS u (c, n)),
            ''::bytea))
$$;

-- A text of the journal for PostgreSQL, which knows no character zero.
CREATE FUNCTION read_json(body text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(body, '\u0000', '\ufffd')::jsonb
$$;

-- Notes a committee's vote; returns its round, or nothing when that is over.
CREATE FUNCTION note_vote(v jsonb) RETURNS bigint LANGUAGE plpgsql
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
DECLARE
    case_id uuid := (v ->> 'case')::uuid;
    who text := v ->> 'member';
    seal_of bytea := CASE WHEN v #>> '{seal,salt}' IS NULL THEN decode(v #>> '{seal,seal}', 'hex') END;
    needed int;
    r round%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(case_id::text, 0));
    SELECT * INTO r FROM round WHERE region = case_id AND NOT closed;
    IF r.id IS NULL THEN
        INSERT INTO round (region) VALUES (case_id) RETURNING * INTO r;
    END IF;
    INSERT INTO vote (id, round, region, member, stage, seal)
        VALUES ((v ->> 'id')::uuid, r.id, case_id, who, v ->> 'stage', seal_of) ON CONFLICT (id) DO NOTHING;
    IF NOT (who = ANY (r.voters)) THEN
        SELECT value::int INTO needed FROM about WHERE name = 'committee';
        UPDATE round SET voters = voters || who,
            over = coalesce(over, CASE WHEN cardinality(voters) + 1 >= needed THEN pg_current_xact_id() END)
            WHERE id = r.id RETURNING * INTO r;
    END IF;
    RETURN CASE WHEN r.over IS NULL THEN r.id END;
END $$;

-- A label that answers votes closes the committee that is answered whole: the next vote begins another.
CREATE FUNCTION note_answers(doc jsonb) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
DECLARE
    answers uuid[];
BEGIN
    -- Attributes may have any name and value.
    SELECT array_agg(DISTINCT CASE WHEN id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN id::uuid END) INTO answers
        FROM jsonb_path_query(doc, '$.**.replies_to') AS a,
            jsonb_array_elements_text(CASE WHEN jsonb_typeof(a) = 'array' THEN a ELSE '[]' END) AS id;
    IF answers IS NULL THEN RETURN; END IF;
    UPDATE vote SET answered = true WHERE id = ANY (answers) AND NOT answered;
    UPDATE round SET closed = true
        WHERE id IN (SELECT round FROM vote WHERE id = ANY (answers)) AND over IS NOT NULL AND NOT closed
            AND NOT EXISTS (SELECT FROM vote WHERE vote.round = round.id AND NOT vote.answered);
END $$;

-- Appends one entry. An entry that is there already is left alone, so that sending again does no harm.
CREATE FUNCTION append_one(
    hash bytea, before bytea, number bigint, at_ms bigint, author text, kind text, body text, changes text[],
    key bytea, signature bytea, publish boolean
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, orthoscope, pg_temp AS $$
#variable_conflict use_column
DECLARE
    self text := me();
    lead boolean := is_lead();
    said jsonb;
    doc jsonb;
    whose text;
    parent node%ROWTYPE;
    held bigint[];
    one bigint;
BEGIN
    IF self IS NULL THEN
        IF EXISTS (SELECT FROM member WHERE role = session_user) THEN
            RAISE EXCEPTION '% was removed from the members', session_user USING ERRCODE = 'OS002';
        END IF;
        RAISE EXCEPTION '% is no member of this project', session_user USING ERRCODE = 'OS001';
    END IF;
    IF EXISTS (SELECT FROM node WHERE node.hash = append_one.hash) THEN RETURN false; END IF;
    -- What is done by scripts is nobody's in particular.
    IF append_one.author <> self AND NOT lead
            AND NOT (append_one.author = 'command line' AND kind IN ('edit', 'revert', 'response')) THEN
        RAISE EXCEPTION 'entry % is by %, and % sends it', number, author, self USING ERRCODE = 'OS003';
    END IF;
    IF octet_length(hash) <> 32 OR hash_of(before, number, at_ms, author, kind, body,
            CASE WHEN kind = 'merge' THEN '{}' ELSE changes END) <> hash THEN
        RAISE EXCEPTION 'entry % by % does not match its checksum', number, author USING ERRCODE = 'OS004';
    END IF;
    IF before = (SELECT decode(value, 'hex') FROM about WHERE name = 'start') THEN
        parent := ROW(append_one.before, 0::bigint, '{}'::bigint[]);
    ELSE
        SELECT * INTO parent FROM node WHERE node.hash = append_one.before;
        IF parent.hash IS NULL THEN
            RAISE EXCEPTION 'entry % by % follows one that is not here', number, author USING ERRCODE = 'OS005';
        END IF;
    END IF;
    IF number <> parent.number + 1 THEN
        RAISE EXCEPTION 'entry % by % follows entry %', number, author, parent.number USING ERRCODE = 'OS006';
    END IF;
    IF kind NOT IN ('edit', 'revert', 'vote', 'visit', 'response', 'question_vote', 'opening', 'remark', 'member',
            'merge') THEN
        RAISE EXCEPTION 'entry % by % is of an unknown kind', number, author USING ERRCODE = 'OS011';
    END IF;
    held := parent.held_by;
    IF kind NOT IN ('edit', 'revert', 'response') THEN doc := read_json(body); END IF;
    IF kind = 'merge' THEN
        IF EXISTS (SELECT FROM jsonb_array_elements_text(doc -> 'joined') AS j
                WHERE NOT EXISTS (SELECT FROM node WHERE node.hash = decode(j, 'hex'))) THEN
            RAISE EXCEPTION 'entry % by % follows one that is not here', number, author USING ERRCODE = 'OS005';
        END IF;
        SELECT held || coalesce(array_agg(DISTINCT h), '{}') INTO held
            FROM jsonb_array_elements_text(doc -> 'joined') AS j JOIN node ON node.hash = decode(j, 'hex'),
                unnest(node.held_by) AS h;
    ELSIF kind IN ('vote', 'visit', 'question_vote', 'remark') THEN
        said := doc -> kind;
        whose := said ->> 'member';
        IF whose IS DISTINCT FROM author AND NOT lead THEN
            RAISE EXCEPTION 'entry % speaks for %, and % sends it', number, whose, self USING ERRCODE = 'OS003';
        END IF;
        IF kind = 'vote' AND said ->> 'stage' = 'two' THEN
            one := note_vote(said);
            IF one IS NOT NULL AND NOT (publish AND lead)
                    AND (said #>> '{seal,seal}' IS NULL OR said #>> '{seal,salt}' IS NOT NULL) THEN
                held := held || one;
            END IF;
        END IF;
    ELSIF kind = 'opening' THEN
        SELECT vote.round INTO one FROM vote WHERE vote.id = (doc #>> '{opening,vote}')::uuid;
        IF one IS NOT NULL AND NOT all_over(ARRAY[one]) THEN held := held || one; END IF;
    ELSIF kind = 'member' AND NOT lead THEN
        said := doc -> 'member';
        IF said ->> 'name' IS DISTINCT FROM self OR said ->> 'role' <> 'annotator'
                AND said ->> 'role' IS DISTINCT FROM (SELECT part FROM member WHERE role = session_user) THEN
            RAISE EXCEPTION 'entry % gives % the part of %, which only a lead can', number, said ->> 'name', said ->> 'role'
                USING ERRCODE = 'OS007';
        END IF;
    ELSIF kind = 'edit' AND (position('"replies_to":["' IN body) > 0
            OR EXISTS (SELECT FROM unnest(changes) AS c WHERE position('"replies_to":["' IN c) > 0)) THEN
        PERFORM note_answers(read_json(body));
        PERFORM note_answers(read_json(c)) FROM unnest(changes) AS c WHERE position('"replies_to":["' IN c) > 0;
    END IF;
    SELECT coalesce(array_agg(DISTINCT h), '{}') INTO held
        FROM unnest(held) AS h WHERE NOT all_over(ARRAY[h]);
    INSERT INTO node (hash, number, held_by) VALUES (append_one.hash, append_one.number, held);
    INSERT INTO entry (hash, before, number, at_ms, author, kind, body, changes, bytes, key, signature, held_by)
        VALUES (append_one.hash, append_one.before, append_one.number, append_one.at_ms, append_one.author,
            append_one.kind, append_one.body, append_one.changes,
            octet_length(append_one.body)
                + coalesce((SELECT sum(octet_length(c)) FROM unnest(append_one.changes) AS c), 0),
            append_one.key, append_one.signature, held);
    RETURN true;
END $$;

-- Appends entries in their order, all or none; `changes` holds those of all of them, `counts` how many each has.
CREATE FUNCTION append(
    hash bytea[], before bytea[], number bigint[], at_ms bigint[], author text[], kind text[], body text[],
    counts bigint[], changes text[], key bytea[], signature bytea[], publish boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, orthoscope, pg_temp AS $$
DECLARE
    at bigint := 1;
    added bigint := 0;
BEGIN
    FOR i IN 1 .. cardinality(hash) LOOP
        IF append_one(hash[i], before[i], number[i], at_ms[i], author[i], kind[i], body[i],
                changes[at : at + counts[i] - 1], key[i], signature[i], publish) THEN
            added := added + 1;
        END IF;
        at := at + counts[i];
    END LOOP;
    RETURN added;
END $$;

-- Keeps what sealed votes say. What does not fit its seal is refused; what is here, or whose vote is not, is left alone.
CREATE FUNCTION deposit(votes uuid[], salts bytea[], texts text[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
DECLARE
    self text := me();
    v vote%ROWTYPE;
    kept bigint := 0;
BEGIN
    IF self IS NULL THEN
        RAISE EXCEPTION '% is no member of this project', session_user USING ERRCODE = 'OS001';
    END IF;
    FOR i IN 1 .. cardinality(votes) LOOP
        SELECT * INTO v FROM vote WHERE id = votes[i] FOR UPDATE;
        CONTINUE WHEN v.id IS NULL OR v.seal IS NULL OR (self <> v.member AND NOT is_lead());
        CONTINUE WHEN is_kept(votes[i]);
        IF sha256(convert_to('orthoscope sealed vote 1', 'UTF8') || piece(salts[i]) || piece(uuid_send(v.id))
                || piece(uuid_send(v.region)) || piece(convert_to(v.member, 'UTF8')) || piece(convert_to('2', 'UTF8'))
                || piece(convert_to(texts[i], 'UTF8'))) <> v.seal THEN
            RAISE EXCEPTION 'this is not what % sealed', v.member USING ERRCODE = 'OS009';
        END IF;
        INSERT INTO opening (vote, round, member, salt, said) VALUES (v.id, v.round, v.member, salts[i], texts[i]);
        INSERT INTO kept (vote) VALUES (v.id);
        kept := kept + 1;
    END LOOP;
    RETURN kept;
END $$;

-- Which openings are here, whoever may see them.
CREATE TABLE kept (vote uuid PRIMARY KEY);
CREATE FUNCTION is_kept(id uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT EXISTS (SELECT FROM kept WHERE vote = id)
$$;

-- Which of these entries are not here.
CREATE FUNCTION lacking(hashes bytea[]) RETURNS SETOF bytea LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT h FROM unnest(hashes) AS h
        WHERE me() IS NOT NULL AND NOT EXISTS (SELECT FROM node WHERE node.hash = h)
$$;

-- What came, or may be seen, since a transaction, as far as the asker may see it.
CREATE FUNCTION news(since xid8) RETURNS TABLE (hash bytea, bytes bigint) LANGUAGE sql STABLE
    SET search_path = pg_catalog, orthoscope, pg_temp AS $$
    SELECT hash, bytes FROM entry
        WHERE sent >= since OR held_by <> '{}' AND any_over_since(held_by, since)
        ORDER BY place
$$;

-- What a lead's program tells the server of the project: how many vote, and which part members have by now.
CREATE FUNCTION govern(committee int, authors text[], parts text[], gone boolean[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, orthoscope, pg_temp AS $$
BEGIN
    IF NOT is_lead() THEN
        RAISE EXCEPTION '% does not lead this project', session_user USING ERRCODE = 'OS007';
    END IF;
    UPDATE about SET value = committee::text WHERE name = 'committee' AND value <> committee::text;
    IF FOUND THEN
        UPDATE round SET over = pg_current_xact_id() WHERE over IS NULL AND cardinality(voters) >= committee;
    END IF;
    -- Whoever governs stays what they are: nobody locks themselves out.
    UPDATE member SET part = u.part, removed = u.gone
        FROM unnest(authors, parts, gone) AS u (author, part, gone)
        WHERE member.author = u.author AND role <> session_user AND (member.part, member.removed) <> (u.part, u.gone);
END $$;
