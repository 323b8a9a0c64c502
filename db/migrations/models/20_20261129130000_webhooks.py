from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


# Objects that no job names are found by the first two indexes. The trigger makes a webhook due in the transaction that
# ends its job, whichever code ends it.
async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE INDEX IF NOT EXISTS "idx_jobs_inputs_object" ON "jobs" ("inputs_object") WHERE inputs_object IS NOT NULL;
        CREATE INDEX IF NOT EXISTS "idx_jobs_result_object" ON "jobs" ("result_object") WHERE result_object IS NOT NULL;
        CREATE TABLE IF NOT EXISTS "webhook_secrets" (
    "sealed_secret" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "sealed_previous" TEXT,
    "previous_ends_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "webhook_secrets" IS 'What a user''s webhooks are signed with: at most two secrets, during a change. Both are encrypted.';
        CREATE TABLE IF NOT EXISTS "webhooks" (
    "user_id" UUID NOT NULL,
    "url" VARCHAR(2048) NOT NULL,
    "host" VARCHAR(255) NOT NULL,
    "state" VARCHAR(9) NOT NULL,
    "failures" SMALLINT NOT NULL,
    "lost" SMALLINT NOT NULL,
    "next_at" TIMESTAMPTZ,
    "is_resent" BOOL NOT NULL,
    "running" UUID,
    "running_until" TIMESTAMPTZ,
    "job_id" UUID NOT NULL PRIMARY KEY REFERENCES "jobs" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_webhooks_due" ON "webhooks" ("user_id", "next_at") WHERE next_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS "idx_webhooks_running" ON "webhooks" ("running_until") WHERE running IS NOT NULL;
COMMENT ON COLUMN "webhooks"."state" IS 'PENDING: PENDING\\nSENDING: SENDING\\nDELIVERED: DELIVERED\\nFAILED: FAILED';
COMMENT ON TABLE "webhooks" IS 'The message that a job has ended. A trigger on `jobs` makes it due in the transaction that ends the job.';
        CREATE TABLE IF NOT EXISTS "webhook_tries" (
    "id" UUID NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL,
    "status" SMALLINT,
    "error" VARCHAR(200),
    "milliseconds" INT,
    "job_id" UUID NOT NULL REFERENCES "jobs" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_webhook_tri_job_id_df1476" ON "webhook_tries" ("job_id", "at");
COMMENT ON TABLE "webhook_tries" IS 'One request for the webhook of a job. It is noted before it is sent; without milliseconds it runs, or its worker died.';
        CREATE OR REPLACE FUNCTION jobs_make_webhooks_due() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE webhooks SET state = 'SENDING', next_at = clock_timestamp() WHERE job_id = NEW.id AND state = 'PENDING';
            RETURN NULL;
        END $$;
        CREATE OR REPLACE TRIGGER jobs_make_webhooks_due AFTER UPDATE OF ended_at ON "jobs"
            FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION jobs_make_webhooks_due();"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TRIGGER IF EXISTS jobs_make_webhooks_due ON "jobs";
        DROP FUNCTION IF EXISTS jobs_make_webhooks_due();
        DROP TABLE IF EXISTS "webhook_tries";
        DROP TABLE IF EXISTS "webhooks";
        DROP TABLE IF EXISTS "webhook_secrets";
        DROP INDEX IF EXISTS "idx_jobs_result_object";
        DROP INDEX IF EXISTS "idx_jobs_inputs_object";"""

MODELS_STATE = (
"eJztXetz2za2/1cw+tLsjNab2E7iOHfujGzLrVrHzkpy027dkSERkhBThJYPK5re/u8XB3"
    "yToERSD1MMvtgSgQNSP4DAeZ+/GjOmEd06as1pnz0Ro3GO/moYeEb4h1RbEzXwfB62wAUb"
    "D3XRGc/pwIZu4jIeWraJRzZvGWPdIvySRqyRSec2ZXCXRgvpzJj8U6fPREMjk2jEsCnWj1"
    "B/ShDVELWQzT89frXpI2JjRG0L/fyl30SLKR1NodmasoWBmDEiCBsaMpiNLJvxkY7gCTQ2"
    "4o9Ajck+buYY9L8O4b9/Qvg4Jr/lH3/yy9TQyDdiwdc/Go7FG/hFfntsE22A7Qbv80eDfJ"
    "tTk1jiOxDNnwZjSnQtNhVUA1JxfWAv5+La/X3n6lr0hJ87HIyY7syMsPd8aU+ZEXR3HKod"
    "AQ20TYhBTHiMyAQZjq57s+lfcn8Xv2CbDgl+kBZe0MgYOzpMc+N/xo4xgtlF4k7w5/R/vU"
    "eLdBsMbu/6g167Pxg0UqsCHiExd96lETNgRVHDBjj/+tsdNwREXG3ADS5/anVfnbz7h4CA"
    "WfbEFI0CrsbfghDb2CUVUxOiLP6ncL6cYlOOs98/gTR/0DIY+xdCkMNXx4fPB2gHkDZm+N"
    "tAJ8bEnvKvZ69XQPxrqytQPnstUGb8TXc3gVuv5Vg0AdghuFN+oyLg+v3rCG4ebLOhTSJr"
    "jRiMkML2597drRzbkCKBrkZHNvo/pFPLPkCUV8AKWMDIM8v6rx7F89Wn1m9JqC9v7i6S2w"
    "cMcJEAPjwG8wIfUmwEvLf7fq+4Y11nC36EGsReMPOp0AzIaNVclJ8L/rttazAn5mBGDceW"
    "nJ8dw5ZPhYw0MRXeGXBYU8Afl//75/Gb0/enZyfvTs94F/GcwZX3K2apc9tPQBzhGFPgXv"
    "EWm86IHOE4ZXKZe6RH/ocD3PEb/Adqd4a+9FbBClz7nU/tXr/16XPsFbhq9dvQciyuLhNX"
    "X71LvBbBIOhLp/8Tgq/oP3e37eSbEvTr/6cBz4Qdmw0MthhgLcI9+1d91GKzHpELCs56nL"
    "KGs34gs+xjsnKaTfLMpeYyL3eccgvTXLFttE6zzLk+Um4Lj1OqWa7yLOvYsgeOVWqek7Rq"
    "pg9jpukc6PjQEikkW7mRRV9K2VGxeY7rOk7f5lB2nL7N1HZA09+JE3Ou4xGHbrgcFNOLpi"
    "k30JFWDPVNNKIhtmNq8oVZDNUojcIzuVZn8PzaQMNLyQbRm2Fdz5SPU8Q1Eo5Pjt+/C+Ri"
    "+LJKJO59at3cpOXiAJ8yvHOMVB22VT5swXJWcE+KkGzTDFbdSV2zJ4FhcfwkNXr5dsk4tN"
    "fMJHRi/EKWAuAOfw5sjGQqOs9KfO8Nc5iQhlfDV9nEi8ASG11Q/Le7QpnAvdW7bF21GwLh"
    "IR49LbCpDWJQQws7ZokrQd900+x4lryCDTwR4MCvgGeOoi6x2fuzkW2vhx+U21Rvkgm1bG"
    "ISDQHdEXokM0z1R7CMG8zkpxjlvGwTWQxRGy6604sWlC8VxwZ6/lORzdAIW0Rmn9/BHfIY"
    "5eMKUj6/ygT/siZ4MetFJKmAYDt24vUo701yOn57mkN04r0yZSfRFueZBFyDZ2JSPmgZzk"
    "k6gOKfqsw/zbFlLRg/ajQ6IVYhJwwJaQ39MY7f5lFS8F4r3rSUmkKj1lzHy0FRp6IkXf1U"
    "Qtv3LdLZCOuFUA4p9reeG64P5e4BfvMuB8BvkltSCDA0JURtlgVv23BmKREhLmuzvQN932"
    "t3C0ItaM4R/H0wWlefOrfnSPxLMqsv4OClHACyca+vA4DlWHNSUr+VpFUMWqUZNB0bBRVc"
    "EZLdKrj2Kf/sRL8FSG1Bv/XZG+YgEV2r3oosp5h6q8vXdrdz2V+l34r4ZcZiQOKAX3i017"
    "90iY7F78jEOhpxcmDnURbgsff9KxtuiNDPbFhXcIR+YcR/5oYQfeLjXPKPdcXJJGPHwjL3"
    "8yIodd1R6gvSiD0Tc7mNBdX1xqrzorKIZfFxN0Sq545SJ5AKGXGiePKh+HmJRzaTWNl8UO"
    "8M0mf8Tx5oYcDrYLyDZNpXr8EFGU4Zexpw7EwikXyKg/bFHbEXDFgT1AoaC1uORu32MxED"
    "pMN8w9bmykBf6Dcg0DGn/fDLFNtoykfkqAsTHTYQHo2YY9hNtDCpbRMDUUOE4PKhDAu7Ri"
    "x+yYu/DcnTtsOtjv5gPBi3DI1d6QA9kaV1jjAy2QJsjvznsWBI3kfcin+ZzW2IGna/8dVJ"
    "zKYwTCLexTdQhk91hPgdYMQRvzYkD8Zoig0+YUeoBX3cobQZNSgAC8/qxyFPsYUe8dgm5m"
    "MTqCEKeUiQ5yKMCAU7JzwvB2cyISb8xs+esIQEv8D/U7tQyLInFfjRyi54/hVlLH1RY2lx"
    "vdA+9YAV0RwcnDboxdydqnnsbeiBGW5YeU1DIUUNTZ2neWxvp9m2t9OU7U2wooMn/uvKGo"
    "jiI1QZ9EavfXN9juDvg9H63Bn0735pg6HI/xg3HT0Yvd97/fYnTiH+Pxi/dnqd/l33HHkf"
    "yhiXPuSYwQ+ZE/hBPn/F9psojdpwEtkYnOFXMirkZREhqZ+1fyfOFeWiblSsTdFYG8FYcG"
    "myWOqWOFX9cN6NvxCxpa6PffItIz4kpKgDxKtY+PZv/Rj3nkpcEXDwN3e3P/rdk9ks4ngP"
    "CUj5abyzU4eEFCphyAbJW0B/UQT2gEChXgz1lFH8ZWIULoN8e5m6x2SX5ioFZJi/r5AWsh"
    "VJ/NcEzRzWdaFqEwEHP1hNtMCgJRNJFUQHe0qoiUw6mdoW8pV0Kf3jlsYFzeMVM4ibY7BL"
    "NGoJfR+oLd0+Pi0iczaauqNiiIpAlC8tgvOmIiyktLugk8z4RCn/LwlK9F696rrduyGJH4"
    "6PT07eH78+eXf29vT9+7dnr4MAxXTTqnDFi86PEKwYe1H96EWlzPuuffpUKONWZe3IUVAM"
    "1BSh0mIkpBF+FJXJVhOSKZfTqhkZKsIPdmD2ejYWHoYpVjDSupILFGtgYAUd1/J/d5y3Mt"
    "niPGShjlCUd+PXse0zXoz/EDQ22QxhgwEf5TFdYARGIzziQ8yoZaW5wZ3dZct83cZMXfWD"
    "KbeShXFFpCpMVTGGOSDZDrwvrRPbG9tckY1LvLUd8SLbS9neFe+wcvsyoSvnPURfSnLKsG"
    "2+J3ibB+cKn4npbicgChL4ZhFiNNGj6YAz979mGCLqB5D1iGqPH8WWZDizIe/o5bj3/Frg"
    "o7f4+I3Sm9r+brvBLheOVGC3ixPVRpTd2aZHI4s7t9UlQlO7IP03x3li/Xiv7GDL43RCd/"
    "4+lQn6CslUpF9VuPEsrUBFzjQIJJGcZF58Sfb55Yew5OO7R4FOVAzlHh8YQQJ2firwc8NC"
    "Ol+JpluQxTseXIdNB9wox+ILv6covuKdIiO+40wkyWR2fUPQ1H6ZUp2gR7gNP/JElhqL2E"
    "3vkJzhpWDukchwHhmt6RWPGTJtiTikXEQwNMt9OhjrCMEv+ReAezTTAv0vP0/neaWAFYVm"
    "/HhQ5bb5sm6bldBaVW1737pCMNsjbS24h+CKVpZf2XpqCFV95oUM6RadGCKXbZFVHiOqg9"
    "vIHjxzogbn0kUZMgepIat+IKx5Lm98nc6oPXgikrcs+6COEalDOukBVNxzc1O3zaoBGd+1"
    "3uVJ9PcuO8/fu1SaPyH1FAE4IKghvDs5FJ6JaUl1jdkYR0jUyZsLZObYc8cuxFxGSJS/YH"
    "nmkhpy4C+ogc1lhj7AyEB+uLRdfr82mF94MAaYc8gvOret7u9yl+QLCewXv/fbLSnsA1Y4"
    "hCRFqHaYfIEkgNsgWKAFnB/jhMqiW9ARMpqjxYJfUWirCWnUVlNyq3EhLLHVpAjVVpNrq/"
    "FwK7HXJCn3t9m8ruFOMyjBuqcp1aLPtehnVIfKDZC0SLLor3WGM9Z8kjCB9xgod7bqj3a1"
    "7lcAfHV3f3HTRp+77ctOr+Ox9IEqTDTCJX6B+rkZWzdJlbDvDple1+vD8APiPSZq/vd9+7"
    "59VdB851GdI/f/g9G9v73t3P54jrwPD0bv/vKy3b6CTsHHB+O61bmBS+7/B+OydXvZvhGX"
    "go8PRvu3z50uXPM+NEq8S1uO0R95Kedy27K8/vXbpLafv2JGLAtPCsEbIakfwsevX+fBGL"
    "plHwSiMY6z7ZiSI3cV2+NTKNmqNMdDNTKbM5sYo6XchrHSbS9JWsPFvpvKH/IyK6sE2sz6"
    "KnkF2qqt9xeQaFWZhDKzcXAWWfyMqcC5xEQnadVUV3qqy7tbKB+LA5pmLnma5TbuOKUKOa"
    "3yLJetZaPq2BzKDAt392IyXkCidNrlJDwv/3Th4vJRutpgv42q8l5MRzHxLUKkDJJlxTfA"
    "sMQWEqerzVre8z4iUCRSK81a8IncRqOwL4L9lDmStHhr9BZRQsUbVZk3ElNVKkZdQlmbF2"
    "3DQPVI0RgR2ZlGNdtHP6RQuZ9kWPIj1Zblo129IyVp1aZU5U1JpaPbZeVRPxA74fNStPLo"
    "vTfMYUK6tvRoZEHFSo9etnqXrat2vsqjfs0w/kiblvnzioX1zWWNQC9bv87DNRvRwkXYDn"
    "bD37j82g0Z2y0vjk2SciPa3FyVekPnHf06BnkTR7W8ZMRQtWxGTOSRNxGGVHNPZEk05Jqg"
    "z0WqC4N8swUJ4j/bpoZDLLeiGaSjENGNXtYK+C76Qa4KqDluyzIk7+/mIjmHV6FtMeV/wr"
    "prkKTDL5XGTDRjz369ODf3nvdYR+jK6yQSj6PjtwgkrJ1k4VPZlbcrUmfn3Mjyycj2f8n0"
    "yNiaP+TLZa3afsCp4iS3KoK5e3xhU1mErH5pweskeFnOaMTPmsKFt5J0O1VdVGRyiwpgL5"
    "NILSg3L2HtoqXos/m6eOH7XAUteGeXE5qbnJvhHBUUj2j62c4C1ggy5wEjROAWwPtM6DNx"
    "K+KKKhRoji1rwUztI7JsLp5qLmfmnoDSihd7u3GRhGdzx+TrgxTMb6Z4sH3xYP78SJmw9f"
    "EpEfIqJ6lo/Nrudq5/H7Q/tTo35yj67cHotoHqc6vX+3LXvTpH8e8PBt/rbn9s+7TRbw9G"
    "r315d3s1uG5digqSsa/JdzQPE7j9VGAvz2RXKDPs9nlsk0yCkuBpkLNTYiTpVF6M8nkxxE"
    "lWZIUHBHUMnsizxHmvFcETqUWunPiz0a9XBmTl6L3pDlelWVYuwGqGlR5QWZQP26K8ew0R"
    "0zW2MBqZWiKvvZlDU+R2zaktugePnNAk5tq6wCQ2JBxz5MoIxPRKlIp+1EY6tkSdl49pW1"
    "3STsZHBTtZWl201ztvYKBT0usOpFdV77T+53+FNPDgtZOxtXoOPWt21cCBaP2O2oeu4EBg"
    "cfY01HILHbgXlyjKfWgUSn7YUOrjHEGFZygPMiRQhcTgy6Ip1OHCBcFCC74PIp3B1uc5PF"
    "DTq1qS3lj3/QDgW/H4lQ39iieixCHc8gdLlEqhBvo8+bdDHOHsIXBt8v2cjqbCGGAwtxhL"
    "rOaK75AR+HfwgTbdyN1HLKbpD2nqU/rwhdX9QzJxivi5B/3rlO9lIwf3imysPWGau3PzPU"
    "p211j7yi3WzRmZ2775jHWHwLYiNihB69oJk2Wb+J41JGPeEO3JmxauJ5hbdkn4pHssI416"
    "g8ksnPu8dR4bZ7SYU+bGJ/4X4F/9/rXjXk+Oc3CvJ8eZ3Cs0rdncimfxVLmCtxApp6wDSo"
    "rY6WH3WcdS7Yy4vvJwm/MeOY+2L8CigxszqKrceoHgvqyJWuFTbEz4CYOpRaywjHgTWcxl"
    "7TkfPTcZuIEBudsFig26NXYlNcl3frcte0WrioPbrjioGAOPMTjLk9ryLDux5VkqraVIPD"
    "CYE3Mwo4Yjy767OvdJgrROvMHWgntDoDQsyWGZA2CPTqEr46mYMXJMkxj2wCT8F1qyBBzZ"
    "0elyaoW0BGnYivCc8oPyiRhFQE4TKnwz8BUQDXQ6Dvj4OMZ9fvWK6DbORjo9RJa4AH80GO"
    "wAwS8oi93ef7pod1+9SeUmF5zwwA3LS8Od7ZWYpNt/LdgIZzd0qG5TwzqC+0mYuz/+3A3S"
    "O/FRDGWTQnNR/Vk4HJfRAsJs3Ltjw+D1mnl2FAtbLyjpd8nYsbDekAj7flNzlbxvup1yiv"
    "xdjzlCbCxscFBj3JWwhclNDEY00DhDK/gzoFf3/ct/gJA+1hnTYoTUEp9BDS0sZxiJEOe0"
    "7L+f24JlsD2b20tkk2/8ZqDzxgJvJA7Tc+QYTwZbGE1k8AGEo4dFnvkS1cXAVuSR5o6NfE"
    "0CGpIR5g/oKdpFu80Y4nO6LBweBKrzJvqjIfJlqRihahoNXd6rmFYoSqNyOalCwPut9lAm"
    "b98WU/ZVDfFDN0O8WNmlqk3krusuCclvsOC/jqNfAOQkXQ3BPslVgelkRQGmk3T9JTbPTD"
    "2ZDXaMqIZIbz9IE4cpnPKCHCGpIcSnec7c0+wj9zR14gqZoxiTHpDUSW+690zzRdkc5Wtx"
    "AEyOSWxzWcKhJkqnYvKqPMMvUOGyai9s/Eh6m4u/eruCv3qb5q9U5KOKfFSRjxmadpuaRO"
    "PT1JAq24PW5mp9u+gHxUjzRuhMCYKbgQ4bI48eQgnP0cL1iUMWXz5EKLY9VbjrsO21eEEr"
    "Jh+bQOIqOhZ+dGOqEyABVTUgJAnN2eedN3C/e5JtWNnHwpN0szp8t7DdRzv6i7cUnxWhrC"
    "EzXbO0JhXxY+6SEXsm5jIrJ2Gsfc2+6/Ysm5vQJHMdjzzXYQ7XlBg2HWGbmYjf1E0dWDzx"
    "4EajSnbM0E7oRXX/qVyYq+TC/PLR+S+9Te4+g3OZ4ylCprQAVdYCKPlUyadKPpUHOHMOx9"
    "CuOUfDTBmvFGtfyStZoudgLLoWrc2R4mKO0A2bUJAFCRGSITA1XgAxv8+YmjN59PLmA24g"
    "U1Zno3lRCXM3bJBFsM4PXL7OuFyYhrhPvmVYwFKEtWCKVh3Q7d/6sbM55csbq1Lrd086+K"
    "r44+9TjE9ESLlbY5l5T9AqJrnKTDJknRtYNpmnp3mVe0GMrJSLQcXmdH8eBhupy9bx3351"
    "uh1z31XgM7bMe2/IT1uW+yskrLTbtIaLFp1y8886MLVuYh6q+ZnJHr/a9BHsL2A3+flL30"
    "9FRi2RDM3VDMqY5w1HU8kQKs5CKx7ue+ThxBFdUseZpFUzf0gzr2oLlNlgqzTLOf0Yn9lT"
    "SQt7lFIJaFWeZToflPCwj1PVrxLP9n3shbTAuXuZo302znGq+uG8kwDC6ujL01gfhsL8kO"
    "xyh68a2JtZ7l64oEuUCPe+b3q2CsEJuqzVH1xiXQ/yI4QZENBwKexoTdT63HHTGAgHTXGz"
    "JjKZrhMNOXM0NtkMdYlGrR9Ad2AdoS5b8AEdW6fPxPX3tKdkKRxC0wqH/d4eMjX0TTqZQC"
    "ZIfiaCd6m59NNA2gw9CuQgYZr16BXagCodWCR9EFkYLGcoEBWajyk0iuwMufMxqPwLLx7U"
    "la0cqfJhVBWmuUD6BZXOQqWzOCxuVKWzqK3sPAJOo9jhGpCouOmCR2wI+xhTzqoVwz2kUc"
    "CXBl6k/y2Ge0CiYC8NOzXGXBzg4vRgJkH/Wmc4i5NPECbmYAyUBzgLKwC9uru/uGmjz932"
    "ZafX8XJPBmeGaIRL/AJ1JfJuu3VTncJAQg6/ZLM5Nqklt/cnuzTXCu18Qfi9C4R5inKRIa"
    "Ubd8m/2BR6Qf5BMNyLyCEhK4uKZFAFISh0xiziZjOESExP+HYzGYIsLA/x3PldRck1xwDj"
    "HIAkyq4thBQO2gJ+O/BNsBcMxtDdKm9Q2I13P+KSvEh/juF5gnptljPzyTQ69t63jas4BD"
    "+5CGseI6pdSOlZDtb8LLvOwGFXz6zK/npwLDrmg0FV3GJcS5RKMS6lGRd3QyyMfoxMwb8B"
    "u+4fc0V59iidmoDN5CWXXyghNYWEagr25wG9ZWb+CktTtARtOdh34Fvz8e09ZxYYvjiVZ/"
    "fiF1wb1OMRCixVnLf2LiJnDrwKcLCzj65hy7I5sagbD4pIzj1z9jiztOe+brplN2BlAVMW"
    "sOrw1coCpixgtbWASWvMgWydwf5LS8vFBOsDxHmV0pILysmwWGVZUpal7wh4ZVlSlqUKzE"
    "LNLUtXgYGikSmThl2aOUTT0OKRT0J1M6n45hjfcJK0+gj7jkZd84vQxX6ErgSPpqExSFCO"
    "qclJp46hZcSe7vp2Siqt9FaXLZVWxcL2sg7tOzCxKcF/R4KqEqMKi1HCM6DYLhuQqKwjZb"
    "lKz/2ioPgaEinkyyJvEmwVO9FCChVcmKnMqhIPf80SbGSqMQffPmZwv1wcO3hl8YPJ5YE9"
    "BloMIiKmnLlf6VZnk6bLScd9trzSta63lrea+GW5+9eubiRNTx1j5kKCzfJUKwZeMfAvuO"
    "VtmYOPvBUpkDOXeZyoTtq54zen70/PTt6dBgs9uLJqfafPaZH/plilkAhJDdftdqqhVumc"
    "/gmcGDIParc1x0k9DTquPanv3ELyTYTHNjE9LwpR4d1zo0BjZkbUWCAGnke+g4ZMnKuWTX"
    "VdeFZj/t9L0SaGS5/a+7rplvVsG5/R1Xee3sqWlX38PpG5PYBQ+SI6iRjRd6eZqNL21CVf"
    "ycjFVr5DBR1ybFJmtO96G4CBiGGbS5d/5+y8uwHEAi6wpvGtw2auBNBEjuEmVNCOUIfvC8"
    "LWLTzEuFBgMAjCkCj/d3cfpfVXQkN9mC8lNFT4BI6kXYTNrKDUEKWp4crdjtiQAlm2QxvY"
    "XK7AWALwcGm7ZvEDg3jVpgsFHJqRyC+O5EXnttX9XV4Dwu8ftWxd/N5vt15ab101zPfghV"
    "ntAMeK5MU7iPjGisgRX8hwythTQyJB+E0rZYeF26mAHcIrou7y8Rh9ZUOhMCB8FXGGvcUX"
    "kQg0EXEmvNF6RDP8RCyox6Q5gocX0d0mNiw88px6+Eic3o3l5jRyu8S+bryBXMGHKOhrEV"
    "KoElEqgGXX8EbgNAuFW3jd63jMvz7NI3pBt+yDXjQmM44Vq+vq968jxLvgpCzb01CmAW4b"
    "zkyAHM2AG/cv8on3h3bjc/v2qnP7Y6MY5D7ZOfI+PBg9/0rPv3LVvun82u62r85R8PHBuG"
    "51buCS+z95pOaZuA85pu1D5qR9SE4ZBGk4JpE4ufdmWNdXBnf4dPtTSrze1bvhaiROjt+/"
    "C5QR8GWVHqL3qXVzI7FgSveY1WDq8n3m+wbSIN/sEiUWImSqvkLVBLRYiI014KPJ3VAZ0w"
    "k2MvT+UbqkZokT7uqVCa7sWbN0d3cTm9KLTrJ66P2ni3b31Rsxl2GYjcQJ0jEMac6ZbHY9"
    "QqLCo6VoDhzDphK+fU0hmCSx2quqtldtpEyKqR/Si6Ngtcif3TEOUeOwtiJEqGzZda1IT/"
    "fWc+tSZyvnekHh6rUqOq/IdU5N3RdXSeaVTPe1fMKKbtGJQTSRqvEc8V4zBi5BC4a8GzSR"
    "5phudQTXDn+ELpg9FbTEGJnLuTQFzV7uqAq4V1M7pwq4qwLuhzcVh8AaxHRe7ssyN8kzZY"
    "5Ej7L2PYuS1iHWaN8vmo/fAKxGJV43Gb1ix6v2zm2JHVfV2ytUvd1juPumNBVkpDUXL85/"
    "ft5sG8I5n/BJ4Tyv74bvDeM6xYLdGXVsr+g655OHhPcjYLfml0D79FGwzszhnDPVdcqZJQ"
    "ZGa96By/ace+ajgqP+gplPxEQalbHnL/cYeaqneZIr3xCLlVBTdeS3zclX20NJHWNlWUcb"
    "2zKOcbWxKKSqUTqAbRiMiGkyydm+wgfYJ6gD1530oMjjAMx7rfCfSLkAR0+YNM6ZCzZJVq"
    "NluzUX9qo4qVV3dy9fmFmqgS9cl7mkDr4agG5XC79jR9q//x+wCRhG"
)
