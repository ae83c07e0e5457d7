-- The same rules at less cost, for many who vote at once. What is called for each entry is planned once for each connection and
-- asks who sends once for each lot; no function but those that members call changes its search path.

ALTER TABLE vote DROP CONSTRAINT vote_round_fkey;
ALTER TABLE opening DROP CONSTRAINT opening_vote_fkey;

-- An expression is made ready once for each transaction, so that what is wide stands in one function only.
CREATE OR REPLACE FUNCTION le8(n bigint) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    b bytea := int8send(n);
BEGIN
    RETURN substr(b, 8, 1) || substr(b, 7, 1) || substr(b, 6, 1) || substr(b, 5, 1)
        || substr(b, 4, 1) || substr(b, 3, 1) || substr(b, 2, 1) || substr(b, 1, 1);
END $$;

DROP FUNCTION hash_of(bytea, bigint, bigint, text, text, text, text[]);
DROP FUNCTION piece(bytea);
CREATE FUNCTION piece(b bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN le8(octet_length(b)) || b;
END $$;

CREATE FUNCTION hash_of(before bytea, number bigint, at_ms bigint, author text, kind text, body text, changes text[])
    RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    parts bytea := '';
BEGIN
    IF cardinality(changes) > 0 THEN
        SELECT string_agg(piece(convert_to(c, 'UTF8')), ''::bytea ORDER BY n) INTO parts
            FROM unnest(changes) WITH ORDINALITY AS u (c, n);
    END IF;
    RETURN sha256(before || le8(number) || le8(at_ms) || le8(cardinality(changes))
        || piece(convert_to(author, 'UTF8')) || piece(convert_to(kind, 'UTF8')) || piece(convert_to(body, 'UTF8'))
        || parts);
END $$;

-- The rounds among these that are not over.
CREATE FUNCTION still_open(rounds bigint[]) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF rounds = '{}' THEN RETURN rounds; END IF;
    RETURN (SELECT coalesce(array_agg(DISTINCT h), '{}') FROM unnest(rounds) AS h
        WHERE EXISTS (SELECT FROM round WHERE id = h AND over IS NULL));
END $$;

DROP FUNCTION append_one(bytea, bytea, bigint, bigint, text, text, text, text[], bytea, bytea, boolean);

-- Appends one entry of `self`, who leads or does not; `start` is what the first entry follows. An entry that is there already
-- is left alone, so that sending again does no harm.
CREATE FUNCTION append_one(
    self text, lead boolean, start bytea, hash bytea, before bytea, number bigint, at_ms bigint, author text, kind text,
    body text, changes text[], key bytea, signature bytea, publish boolean
) RETURNS boolean LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    said jsonb;
    doc jsonb;
    whose text;
    parent node%ROWTYPE;
    held bigint[];
    one bigint;
    size bigint := octet_length(append_one.body);
BEGIN
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
    IF before = start THEN
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
        IF one IS NOT NULL THEN held := held || one; END IF;
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
    IF cardinality(changes) > 0 THEN
        size := size + (SELECT sum(octet_length(c)) FROM unnest(append_one.changes) AS c);
    END IF;
    held := still_open(held);
    INSERT INTO node (hash, number, held_by) VALUES (append_one.hash, append_one.number, held);
    INSERT INTO entry (hash, before, number, at_ms, author, kind, body, changes, bytes, key, signature, held_by)
        VALUES (append_one.hash, append_one.before, append_one.number, append_one.at_ms, append_one.author,
            append_one.kind, append_one.body, append_one.changes, size, append_one.key, append_one.signature, held);
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION append(
    hash bytea[], before bytea[], number bigint[], at_ms bigint[], author text[], kind text[], body text[],
    counts bigint[], changes text[], key bytea[], signature bytea[], publish boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, orthoscope, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    self text;
    lead boolean;
    gone boolean;
    start bytea;
    at bigint := 1;
    added bigint := 0;
BEGIN
    SELECT m.author, m.part = 'lead', m.removed INTO self, lead, gone FROM member AS m WHERE m.role = session_user;
    IF self IS NULL THEN
        RAISE EXCEPTION '% is no member of this project', session_user USING ERRCODE = 'OS001';
    ELSIF gone THEN
        RAISE EXCEPTION '% was removed from the members', session_user USING ERRCODE = 'OS002';
    END IF;
    SELECT decode(value, 'hex') INTO start FROM about WHERE name = 'start';
    FOR i IN 1 .. cardinality(hash) LOOP
        IF append_one(self, lead, start, hash[i], before[i], number[i], at_ms[i], author[i], kind[i], body[i],
                changes[at : at + counts[i] - 1], key[i], signature[i], publish) THEN
            added := added + 1;
        END IF;
        at := at + counts[i];
    END LOOP;
    RETURN added;
END $$;

-- Whoever else deposits the same at the same time is told by the key of the table, and tries again.
CREATE OR REPLACE FUNCTION deposit(votes uuid[], salts bytea[], texts text[]) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, orthoscope, pg_temp AS $$
DECLARE
    self text;
    lead boolean;
    v vote%ROWTYPE;
    taken bigint := 0;
BEGIN
    SELECT m.author, m.part = 'lead' INTO self, lead FROM member AS m WHERE m.role = session_user AND NOT m.removed;
    IF self IS NULL THEN
        RAISE EXCEPTION '% is no member of this project', session_user USING ERRCODE = 'OS001';
    END IF;
    FOR i IN 1 .. cardinality(votes) LOOP
        SELECT * INTO v FROM vote WHERE id = votes[i];
        CONTINUE WHEN v.id IS NULL OR v.seal IS NULL OR (self <> v.member AND NOT lead);
        CONTINUE WHEN EXISTS (SELECT FROM kept WHERE kept.vote = votes[i]);
        IF sha256(convert_to('orthoscope sealed vote 1', 'UTF8') || piece(salts[i]) || piece(uuid_send(v.id))
                || piece(uuid_send(v.region)) || piece(convert_to(v.member, 'UTF8')) || piece(convert_to('2', 'UTF8'))
                || piece(convert_to(texts[i], 'UTF8'))) <> v.seal THEN
            RAISE EXCEPTION 'this is not what % sealed', v.member USING ERRCODE = 'OS009';
        END IF;
        INSERT INTO opening (vote, round, member, salt, said) VALUES (v.id, v.round, v.member, salts[i], texts[i]);
        INSERT INTO kept (vote) VALUES (v.id);
        taken := taken + 1;
    END LOOP;
    RETURN taken;
END $$;
