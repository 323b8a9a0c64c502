"""What administration needs: before and after in the audit log, which stays as it is written, and a last administrator.

Safe while the version before runs, with one exception: its `deleteAccount` fails for a user on whom an administrator of
this version has acted, as it would delete the acts. Deleting the account again works once all processes are new.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "audit_events" ADD COLUMN IF NOT EXISTS "before" JSONB;
        ALTER TABLE "audit_events" ADD COLUMN IF NOT EXISTS "after" JSONB;

        CREATE OR REPLACE FUNCTION audit_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation', TABLE = 'audit_events';
        END $$;
        CREATE OR REPLACE TRIGGER audit_events_unchanged BEFORE UPDATE ON "audit_events"
            FOR EACH ROW EXECUTE FUNCTION audit_events_stay();
        -- Other events go with their account, or after a year.
        CREATE OR REPLACE TRIGGER audit_events_acts_kept BEFORE DELETE ON "audit_events"
            FOR EACH ROW WHEN (OLD.after IS NOT NULL) EXECUTE FUNCTION audit_events_stay();
        CREATE OR REPLACE TRIGGER audit_events_not_emptied BEFORE TRUNCATE ON "audit_events"
            FOR EACH STATEMENT EXECUTE FUNCTION audit_events_stay();

        -- Two transactions at once: the second waits for the first to end, and then sees what it has changed.
        CREATE OR REPLACE FUNCTION users_keep_an_administrator() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('users_keep_an_administrator'));
            IF NOT EXISTS (SELECT FROM users WHERE role = 'ADMIN' AND suspended_at IS NULL AND id <> OLD.id) THEN
                RAISE EXCEPTION 'users_keep_an_administrator: this is the last one' USING
                    ERRCODE = 'check_violation', TABLE = 'users', CONSTRAINT = 'users_keep_an_administrator';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END $$;
        CREATE OR REPLACE TRIGGER users_keep_an_administrator_changed BEFORE UPDATE OF role, suspended_at ON "users"
            FOR EACH ROW
            WHEN (OLD.role = 'ADMIN' AND OLD.suspended_at IS NULL
                  AND (NEW.role <> 'ADMIN' OR NEW.suspended_at IS NOT NULL))
            EXECUTE FUNCTION users_keep_an_administrator();
        CREATE OR REPLACE TRIGGER users_keep_an_administrator_deleted BEFORE DELETE ON "users"
            FOR EACH ROW WHEN (OLD.role = 'ADMIN' AND OLD.suspended_at IS NULL)
            EXECUTE FUNCTION users_keep_an_administrator();

        -- All parts of three characters of both texts, in lower case: Postgres without extensions indexes no others. With
        -- this cost the planner uses the index, and never computes it for each row, which would take seconds.
        CREATE OR REPLACE FUNCTION user_trigrams(email text, display_name text) RETURNS text[]
            LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
            SELECT array_agg(DISTINCT substr(lower(part), place, 3))
            FROM unnest(ARRAY[email, display_name]) AS part, generate_series(1, length(part) - 2) AS place
        $$;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP FUNCTION IF EXISTS user_trigrams(text, text);
        DROP TRIGGER IF EXISTS users_keep_an_administrator_deleted ON "users";
        DROP TRIGGER IF EXISTS users_keep_an_administrator_changed ON "users";
        DROP FUNCTION IF EXISTS users_keep_an_administrator();
        DROP TRIGGER IF EXISTS audit_events_not_emptied ON "audit_events";
        DROP TRIGGER IF EXISTS audit_events_acts_kept ON "audit_events";
        DROP TRIGGER IF EXISTS audit_events_unchanged ON "audit_events";
        DROP FUNCTION IF EXISTS audit_events_stay();
        ALTER TABLE "audit_events" DROP COLUMN IF EXISTS "after";
        ALTER TABLE "audit_events" DROP COLUMN IF EXISTS "before";"""


MODELS_STATE = (
    "eJztXVtz2zYW/isYvTQ7o/U2jnOpu7Mzsi23ahM7K8tN23VHhkhIQkyBWhK0o+n2v+854P"
    "0mk7pSDF9sCcQBxA/kwbnjz9bM1JlhH3XmfGA+MNE6JX+2BJ0x+JC61iYtOp+HV7BB0pGh"
    "OtM5H0rspprpyJYW1SRcGVPDZtCkM1uz+FxyE2dpdYhhisnfDf7IdKJZTGdCcmockcGUEa"
    "4TbhMJn+4/S35PzDHh0iY/fRq0ydOUa1O8bE/NJ0FMoTFChU6EKYktTRjpCH+BbmrwE7iY"
    "7GIyR/D/Ogzuf8JgHAum/M8f0MyFzr4wG7/+p+XYcAEaYXoqmT6ksvUHdpo/DMecGXoMeq"
    "5jV9U+lIu5aru97V1cqp54e6OhZhrOTIS95ws5NUXQ3XG4foQ0eG3CBLNw2siCCMcwvNXz"
    "m9z7gAZpOSy4AT1s0NmYOgYua+ufY0douJpEzYR/Tv7l/bRIt+Hw6nowvOkOhsNW6inAn5"
    "BYK69JMwU+QVxIhO/Pv9xxQ0BUawsnOP+x03/x6s3fFASmLSeWuqjgav2lCKmkLqlaihBl"
    "9T+F8/mUWtk4+/0TSMMPXQVjvyEEOXxVfPh8gLYAaWtGvwwNJiZyCl/ffbsE4l86fYXyu2"
    "8Vyia82e5Lf+VdOVaXEOwQ3ClMVAZcv38dwS2CbT60SWRtzcQRUtj+dHN9lY1tSJFAV+ea"
    "JP8jBrflAaK8BFbEAkee2fZ/jSieLz50fk1Cff7++izJPnCAswTw4bZXFPiQYi3gPe77te"
    "IO9y3t4ZxZwxkXjszg2T0hsxcgizSxFB7fOawlgJ8L//5+/PLk7cm7V29O3kEX9TuDlrdL"
    "Vql3NUhAHJFKUuBewBXJZywb4Thl8jH3SI/8DwfIZVpwg/q1MBbeU7AE10HvQ/dm0PnwMf"
    "YKXHQGXbxyrFoXidYXbxKvRTAI+dQb/EjwK/n9+qqbfFOCfoPfW/ibqCPNoTCfhlSPSGx+"
    "q49abNXZlzmH0VZY9ThlDVf9QFbZx2TpMlvsETSzVV7uOOUGlrlibLROqwySBluNhccpm1"
    "Wu8iob1JZDx15pnZO0zUofxkrzOdLB0Bm6R75CnUe/koJdsXWO69cnrwso2CevczVsvJTQ"
    "OGzQGMoZ4SIkm7TEVfeFesbwhrbN8UOm3c03hcahvTQtxifiZ7ZQAPfgd1ChZWlsnmH61h"
    "vmMCENW8PXy6JPgTE4+kDBvbt7tMK9c3Peuei2FMIjqj08UUsfxqDGK+axmWgJ+qYvzY5n"
    "yRYq6ESBg3eBvzmKeoabwF+NfBcB3lBh74DFJtyWzGI6Qbojcs9mlBv3aIwXpjWjBgfW1i"
    "a2SbjERnd5yROHR8WRSA+3SqRJNGqzLJfAFmZ43g/QWPz3avFXK1xmEw0INmOWfh7lnW2a"
    "x69PCuya0Ct321TX4vumgmv4yCwOg64iomYO0MipVZZT59S2n0zYVnQ+YXYpn08GaQ3dP8"
    "evi8in0GvJm5aSUHVuzw26GJb1YSbp6qcNbN6VaZgaNUqhHFLs7nluuSEa2wf45ZsCAL9M"
    "sqQQYLwUB9gy8+DtCmeWUgfiJkpz50Df3nT7JaFWNKcE/96JzsWH3tUpUf+Sguke/MmN7y"
    "cf9/r6fmzHnjNAdZV1T9I2AlqlBTSDipLGrAjJdo1Zu9R/tmLLQqQ2YMv66A1zkIg+a8qK"
    "PE4xU1Yfnu1+73ywzJYVQh0PMY0DfubRXv7cZwZV95GLdTSg9cD2ozzA42FKqEJrcK9r4v"
    "QBxjmHj3XFyWKa+cisxSaw6ntj1Rkvm9k2jLsmUjfuKHUCqZS5PYonDAXcjmrSzPCH+KBe"
    "CzYw4U8RaHHAy2C8gxS5suEt4aDoODqX3UemBkhnM4RX20vzGbDfkGHHgj6LT1MqyRRGBN"
    "SVW4AKQjXNdIRskyeLS8kE4UJlGsBQwqauMR2avDSDkDztr9jo6HfiTlyZZOxKKeSBLexT"
    "QollPqGfA27PDIaEPmoq+DKbS0yOcL/Bw8mstnKGEOjiO0XCX3VEYAYcUYO2EbsT2pQKWL"
    "Aj0sE+7lD6jAuOwOJv9dMtptQm93QsmXXfRmpMthgx4kWpEMbRt4K/F8CZTJiF9/jRE9qI"
    "xcYOMCq43VKZGZ500iRl7N1FU14b3aX1oSL6ysHpoHsLqKjmJrfSOxN5RzRfEChqkA4pau"
    "hgOSli8T/Jt/ifpCz+SoQaPsDdrWqWjo9QZdBbN933l6cE/96JzsfecHD9cxfN0/7HuMH6"
    "Ttz8djPofgAK9f9O/NK76Q2u+6fE+7CKSfu7Aiv4Xe4Cfpe9fuX4TZSmYTiJlDNn9JlppX"
    "y7EZL6+Ri34tJdLcyzCe5cKbgTdMdy+alxqvrhvJ0oBSYzA64G7EtOwl5IUQeIl4nw3V8H"
    "Mek9lSkZSPDvr69+8Lsn0yfjeI8Y6vRpvPMzVEOKJkN19QxVZa0oA3tA0KBeDvWUK24/Ud"
    "DnQRGRXEtjskt7mbkxLEpSyubYiVQzaaMdjhqGMqypkOZv7DZ5omgTU1l8qoOcMm4Ri0+m"
    "0ia+SS5lbdzQuGhnvDAFcwun9JnObWXdQyOl28enJWxualN3VIpx14TDo8Vo0foqpYx2Z3"
    "ySmzCeKf9npIh7r151g33dBPHvjo9fvXp7/O2rN+9en7x9+/rdt0GmePrSspTxs94PmDUe"
    "e1H9NPLGmPdVRxI1yVIb1bUjW0E5UFOEjRUjoY3AVrRKenRI1gS6Vc3JUBF5sIerdyOpim"
    "tKiYKRq0ulQPUMDO2g47Py3zXIVpb5dBqKUEckKrtBO5W+4GXCjZCxZc4IFSbKUZ7QhS5f"
    "olENhphx205Lg1ubZcNy3dpCXfVTuDZS9mdJfhwuVTmBOSDZDLz7tontTGyuCONSb21Pvc"
    "hykcW74h2Wsi8Lu4LsofpyVlCH7QJP8JgHSIWPzHLZCaqCDL/ZjIk2ubccDCH9x4xizu7Q"
    "YnOD6/ffK5YknNkIOnqFO70oFvzoPXwwUZqp7W7aNbhcOFIJbhcnqo0quzWmxyMPd2GvS4"
    "SmdqnBL4+LZBhBr/wUr+N01Up4n1ZJNQnJmvyiqkjjeVaBiuxp79lYdjyfaMaOFr28dD8z"
    "oKPvXC26m3U8CykGTs5gd/DI24Si/PvAFkwnbrbzqdorBPsiFQmBR0Ny4TDbDarEHcbgM+"
    "yjNib8rvqhARXTr2SW2XZ3k6Nt95MXJPo0hT9h6Cfug360pmmRmfnoh6y6CoH3s47IhddJ"
    "eUPI8WvQHhxrK6pBY/Ldlcm3fBWA7Sf/728rfVOkyMab/Bobb1IlNhpr60Ztgi6PL19KLy"
    "Srn6/iQKSQQoHHtqNpsNeUjgZM0m3Vll6RxS2bBbsf6S5IS8wQ7aIpi/lyXTxBspCXHTq7"
    "ktDcAmkGJCr0aLfdJhqKRijOoyCkyhih7DPhj8xNylGuceJXvPneOz7ElczcHTDTDb+zic"
    "ucYTJ3LHg+WMlcmUYG25UM5q9PphD2fOx6hLzSgeu/dPu9y9+G3Q+d3vtTEv12J/pdpPrY"
    "ubn5dN2/OCXx73cCeN3VD12fNvrtTtx0z6+vLoaXnXMV1h77mnxHC9lTNl4wZ/9CdoXMVZ"
    "uXsd3SkHmG1/yoviRdE9y3ekjljks1VgztHdRqbMo+5aNfL7Nsc+THuhyuSqtcSO1dtbJX"
    "U9XrUFa4sQM2Jer3XderoiXqXSuQaejmk2jlWom86+0CliK3a0Fr0a2Q3AhdYq6vC11iIw"
    "aYR8rOq9wH1Y9Lgqd1YPDJ92lfXdJPBqOinyxtLtrpzGs46BrtdQvaa5OEUf/9v0IW+IGV"
    "GS3oX3qeq8JKFbW/D7ArBhDYIJ6GVm5lA4cd2FIMSiDTck/mhl6nBNPOZnSBlaMsRwh4LN"
    "rKHK5CEGzyBHyQGCayPi/ggQNLNK0HlsFYd/0DMLbi/rM5gr313j+cXE35jU2gWRW8mvzb"
    "YY4K9lC4RotnCZMo1N3zzb3ARD8gI4jvgIHWZeTuTyxn6Q9p6hOPvWdz/4hNnDIBokH/Oo"
    "VsrxUeWhHGqqoAZ3BVvzpwPkvFCrtl6hRiZJc6j0mxKFXNW+V0qKRcNwXXDtM91CFIitsB"
    "a5lbJnrGieN3AenYi4XOyB3Z+mzNmUsV0KSXcaeyJ5SsdTJJxbaHLR9MUoWD0eu4HWRjrN"
    "OMFIECAHt0DbpZ586bQnMsiwk5tBjcoS0zil/lYpxD3SCdgTSyomUV9HNBThM2+ObgqyAa"
    "Gnwc2EfiGA+g9YIZkuYjnR4izwyDf3Qc7ADBL6kCXd1+OOv2X7xM1XkMJeGiIRohxVrBGS"
    "sBGpHmRg43JBf2Ec63D4FuHwWZ4u6VNc8RqJlrpdwhAqWTfCW3mP4zy8nwDa62l6f3qn5D"
    "LBdf0HCHWbIwmVs6yqNHD8MpeXL1QmLzCRa0537ldr2tLGneFc+WZcHYWBaLcDfXdswNhi"
    "RzRxJEKMNit8uZ11BBH7J00Hzd6CFTCT181Wj7ThD/4S3vDIlT1jDupWbRThWx5cVOBMrk"
    "uvETg5bx3eQ5ReVSFrBoAdU88xnANcXUdY1KLOs3n7sZBeXzEdYaNYNjhtkFnrP3j8aMVy"
    "Uz3v6d9vtmk9tP7Fxle4qQNQF7VXPYNwF7TcBeE7D3rKwUO7guQ1ZKHmyXLyvFztQrW7Ij"
    "JcUckffmhKMuyJjSDFUdY64KXMA8Y27Nsqsnrz/gGjpldRjNXjXM7YhBNqMGbLjwnIFemG"
    "HhzT3YIEVYC6Fo2Qa9jQMOmqSlfPm0Xmp8wkvossZV1j1B2wjJVRaSMRh9aEs2z3AOLAkq"
    "jJGt5J6s2JoeSB3S5+Rv/+ziLUvfVZAzNix7rylPu2dsZ4rSwfHby6To8KTvIvKzgUKtG2"
    "3MdT9g+f6z5Pd+ddSfPg38CGVuqxhp1zKYJTyvOVoTEFhxEbqR4b5GGU5t0SvaOJO0zcof"
    "0so3JQdWYbBVWuVCort3GthKHvYoZaOgVXmVm0Nqm0Nq94fzVg6prY69vLLZ0TXyyx2+aW"
    "Bnbrlbm04yY5fcC+1lJgQn6PKs/eCcGoaNqj1mTGN9CfLidnD+NzJaKD9am3Q+9oiKi1cB"
    "mmqyNrFMw2A6cebuYVPqJJdv0HZgH5G++QQDOtLgj8yN95RTtlABoWmDw26nx9TugcUnE8"
    "yGhD1RHTaz8FMhpUnuFXKYNGTfe/U3sHgHVXncU0wat52RQlRZPqZ4Ee0crHAVV7zHpnRr"
    "RXO5q7wZVUVoLlHe3U2nKYdnlKY5QjMj4aaMRBoQ1MLdvQNpVHHnFMDLFWifprGQVFp31l"
    "DSKLe5BiR1yrncyRYbwj6mHES1criHNA3wKwOvUuDL4R6QNLCvDDsXY1AHQJ0ezjLQvzRM"
    "mifJJwgTazBGygNchSWAXlzfnr3vko/97nnvpudlxAZ7hrqITdDAXY283+28r069IKWHX9"
    "DMrM7gWvtZNV0pm8V09RtnFujKQOWpytDgqq2gsQbKrSn8RtCSUQJBNXX2vasL2xKIVQVK"
    "deQboaDXehXK0hr6riZtzpyrNIdrlOZGaT5IPBuledtKc2ZpJtSZczITMysyxdTlA8R5mZ"
    "wD6m8ykr5RRhtl9CsCvlFGG2W0AqtQc2X00kwoRqmL7efV0bGJ87WLVhgC6YuriGjQCN2D"
    "yilWlTUNw5ljqWxUGw1z4h2aqQoCzaklXRp06VLXfUu8RwmaswsKbWuizGoYAWXkIcdva5"
    "XFaFTSXamkseUrKvfHiGoo+78rIPm/y69/m5T6I29FCuTcxzxOVKedfWOlLFW4fbnCZBGS"
    "Gj63J0UqN5/kV24+UZWbq7RP/4gG0NyN2r1aYKeeBh2f3amvhTqKou0dJeRaYNUhGP7JFG"
    "PTUtvqmFu2JKiJn0a+o+HXO3CDG4Y65wLUUT8jTA2X3rV3NemGLcdr79GVT5rcDMvK334f"
    "2FwOMTKvjFkoRvTVGYeqxJ767DPTXGyzOVTQoQCTsqJ9n89mFYQJaS1c+R3EeZcBaKZjuI"
    "f7jBjGbQLrkKarAbSJI9z4Tf2I9IAvKDuZ8i6BUiBMYjuzjDzX7c3T+LEapaE+wlejNFR4"
    "B46eOAzMrKTWEKWp4ZO7GbUhBXIWhxbUWizBOAPg0UK6xWQPDOJlTNcrUx/EggKSZ72rTv"
    "+37JJTZxll7c9+G3Q7CdQtRu1yPDmkqOFjvRUPbnNIaV0inveqR/z1f3zyXH0="
)
