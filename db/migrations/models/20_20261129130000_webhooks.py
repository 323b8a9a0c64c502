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
COMMENT ON TABLE "webhook_tries" IS 'One request for the webhook of a job, noted before it is sent.';
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
"eJztXetz4ji2/1dUfNnZKjbbnaRfmVu3iiT0LDPppBfI9MxOtojAIqhjJNaP0NTe+d+vjv"
    "y2ZWKbR4xbXxKwdGT8kyyd9/lva84NYtpHnQUd8kfCWmfovy2G50R8yLS1UQsvFlELXHDw"
    "2JSd8YKOHOgmL+Ox7Vh44oiWKTZtIi4ZxJ5YdOFQDndpdZDJ2cPfTPpEDDSxiEGYQ7F5hI"
    "YzgqiBqI0c8en+q0PvEZ8i6tjo5y/DNlrO6GQGzfaMLxnibEIQZgZi3EG2w8VIR/ALDD4R"
    "P4Gyh33czGX0Py4Rz/9AxDiWuOUf/xaXKTPIN2LD1z9ari0axEVxe+wQY4SdlujzR4t8W1"
    "CL2PI7EC0eR1NKTCMxFdQAUnl95KwW8trtbe/yo+wJjzseTbjpzlnUe7FyZpyF3V2XGkdA"
    "A20PhBELfkZsgphrmv5sBpe85xIXHMsl4QMZ0QWDTLFrwjS3/mfqsgnMLpJ3gj+n/+v/tF"
    "i30ej6ZjgadIejUSuzKuAnpObOvzThDFYUZQ7A+d8/vXEjQOTVFtzg4h+d/g8nb/8qIeC2"
    "82DJRglX609JiB3skcqpiVCW/zM4X8ywpcY56J9CWvzQKhgHFyKQo1cngC8AaAeQtub428"
    "gk7MGZia/vX62B+NdOX6L8/pVEmYs33dsErv2WY9kEYEfgzsSNyoAb9G8iuEWwzYc2jaw9"
    "4TBCBtufBzfXamwjihS6Bp046P+QSW3nAFFeAytgASPPbfs/ZhzPHz51fktDfXF1c57ePm"
    "CA8xTw0TFYFPiIYiPg/d33e8UdmyZfiiOUEWfJrcdSM6Ci1XNRfS7Eczv2aEGs0Zwy11Gc"
    "nz3mqKdCRZqaCv8MOKwpED9X/Pvb8evTd6fvT96evhdd5O8Mr7xbM0u962EK4hjHmAH3Ur"
    "Q4dE7UCCcp08vcJz0KPhzgjt8SD2jcMHPlr4I1uA57n7qDYefT58QrcNkZdqHlWF5dpa7+"
    "8Db1WoSDoC+94T8QfEX/urnupt+UsN/wXy34Tdh1+Ijx5QgbMe45uBqglpj1mFxQctaTlA"
    "2c9QOZ5QCTtdNskSchNVd5uZOUW5jmmm2jTZplwfWRalt4klLPcp1n2cS2M3LtSvOcptUz"
    "fRgzTRdAJ4ZWSCH5yo08+krKjprNc1LXcfqmgLLj9E2utgOa/kydmAsTTwR049WonF40S7"
    "mBjrRmqG+iEY2wnVJLLMxyqMZpNJ7ptTqH32+MDLxSbBCDOTbNXPk4Q9wg4fjk+N3bUC6G"
    "L+tE4sGnztVVVi4O8anCOydI9WFb58MWLGcl96QYyTbNYPWd1Gf2JDAsTh+VRq/ALpmE9i"
    "O3CH1gv5CVBLgnfgdmE5WKzrcS3/rDHCak0dXoVbbwMrTExheUeHZPKJO4dwYXnctuSyI8"
    "xpPHJbaMUQJqaOHHPHUl7Jttmh/P01cwww8SHHgK+M1x1BU2+2A28u318ECFTfUWeaC2Qy"
    "xiIKA7Qvdkjql5D5Zxxi1xilHBy7aRzRF14KI3vWhJxVJxHaAXj4ocjibYJir7/A7uUMQo"
    "n1SQivnVJviXNcHLWS8jSYUE27ETP4/y3iSn4zenBUQn0StXdpJtSZ5JwjV6IhYVg1bhnJ"
    "QDaP6pzvzTAtv2koujxqAPxC7lhKEgbaA/xvGbIkoK0WvNm5ZRUxjUXph4NSrrVJSma55K"
    "aPu+RSafYLMUyhHF/tZzy/Oh3D3Ar98WAPh1ekuKAIamlKjN8+DtMneeERGSsjbfO9C3g2"
    "6/JNSS5gzB3zvWufzUuz5D8l+aWX0BBy/tAJCPe3MdAGzXXpCK+q00rWbQas2gmZiVVHDF"
    "SHar4Nqn/LMT/RYgtQX91md/mINE9Fn1Vmw5JdRbfbG2+72L4Tr9VswvMxEDkgT83Kf9+E"
    "ufmFg+Ry7W8YiTAzuP8gBPvO9f+XhDhH7m46aCI/ULE/GYG0L0SYxzIT42FSeLTF0bq9zP"
    "y6DU90ZpLkgT/kSs1TYWVN8fq8mLyia2LcbdEKmBN0qTQCplxInjKYYS5yWeOFxhZQtAvW"
    "FkyMWfItDCgB/D8Q6SaV+/BpdkPOP8cSSws4hC8ikP2hdvxEE4YENQK2ks7LgGdbpPRA6Q"
    "DfONWttrA32h34hAx4L2wy8z7KCZGFGgLk10mCE8mXCXOW20tKjjEIYokyG4YihmY8+IJS"
    "758bcRedZ2uNXR79gdu+Zo6kkH6JGs7DOEkcWXYHMUj8fDIUUfeSvxZb5wIGrY+yZWJ7Ha"
    "0jCJRJfAQBn9qiMk7gAjTsS1MbljkxlmYsKOUAf6eEMZc8ooAAu/NYhDnmEb3eOpQ6z7Nl"
    "BDFPKYIN9FGBEKdk74vQKchwdiwTN+9oUlJPkF8Z86pUKWfakgiFb2wAuuaGPpixpLy+uF"
    "9qkHrInm4OC0QS/m7lTPY29DD8xowypqGoooGmjqPC1iezvNt72dZmxvkhUdPYqnq2ogSo"
    "5QZ9Bbg+7VxzMEf+9Y53NvNLz5pQuGouBj0nR0xwa/D4bdT4JC/r9jv/YGveFN/wz5H6oY"
    "lz4UmMEPuRP4QT1/5fabOI3ecFLZGNzxVzIp5WURI2metX8nzhXVom50rE3ZWBvJWAhpsl"
    "zqliRV83Dejb8QcZSuj0PyLSc+JKJoAsTrWPjub8ME955JXBFy8Fc31z8F3dPZLJJ4jwlI"
    "+Vm881OHRBQ6YcgGyVtAf1EG9pBAo14O9YxR/GViFC7CfHu5usd0l/Y6BWSUv6+UFrITS/"
    "zXBs0cNk2papMBB3+x22iJQUsmkyrIDs6MUAtZ9GHm2ChQ0mX0j1saFzSPl5wRL8dgnxjU"
    "lvo+UFt6fQJaRBZ8MvNGxRAVgahYWgQXTUVYSml3Th9y4xOV/L8iKNF/9errdu+FJH44Pj"
    "45eXf86uTt+zen7969ef8qDFDMNq0LVzzv/QTBiokXNYhe1Mq879qnT4cyblXWjh0F5UDN"
    "EGotRkoaEUdRlWw1EZl2Oa2bkaEm/GAPZm/gYOlhmGEFY61ruUC5BkZ22PFZ/u9G8FYWX5"
    "5FLNQRivNu4jp2AsaLiwdBU4vPEWYc+Cif6QIjMJrgiRhiTm07yw3u7C5b5us2ZurqH0y5"
    "lSyMayJVYarKMcwhyXbgfWmd2N7Y5ppsXPKt7ckX2Vmp9q5kh7XblwVdBe8h+1JSUIbtij"
    "3B3zwEV/hELG87AVGQwDebENZG95YLztx/n2OIqB9B1iNq3P8otyTmzseio5/j3vdrgY/+"
    "4hM3ym5q+7vtBrtcNFKJ3S5J1BhRdmebHo0t7sJWlxhN44L0Xx8XifUTvfKDLY+zCd3F+1"
    "Ql6Csi05F+deHG87QCNTnTIJBEcZL58SX551cQwlKM756EOlE5lHd8YAQJ2MWpIM4NG5li"
    "JVpeQRb/ePAcNl1wo5zKL+KesviKf4pMxI7zoEgms+sbgqb2y4yaBN3DbcSRJ7PU2MRp+4"
    "fkHK8kc49khvPYaG2/eMyYGyskIBUiAjNs79fBWEcInuTvAO7R3Aj1v+I8XRSVAtYUmgni"
    "QbXb5su6bdZCa1W37X3rCsF8j7RnwT0EV7Sq/MrWU0Po6jMvZEi36QOTuWzLrPIEURPcRv"
    "bgmRM3OFcuypA7SANZ9QNhzQt545t0Tp3RI1G8ZfkHdYJIH9JpD6Dynpubum3WDcjkrvW2"
    "SKK/t/l5/t5m0vxJqacMwCFBA+HdyaHwRCxbqWvMxzhGok/eQiBz11m4TinmMkai/QWrM5"
    "eUqYE/pwxbqxx9AMtBfrxyPH6/MZif+zCGmAvIz3vXnf7vapfkcwXs578Pux0l7CNeOoQk"
    "Q6h3mGKBJIDbKFygJZwfk4TaolvSETKeo8WGpyi11UQ0equpuNV4EFbYajKEeqsptNX4uF"
    "XYa9KU+9tsXjVwpxlVYN2zlHrRF1r0c2pC5QZIWqRY9B9NjnPWfJowhfcUKHe26o92te7X"
    "AHx5c3t+1UWf+92L3qDns/ShKkw2wiVxgQa5GTtXaZVw4A6ZXdfPh+GHxHtM1PzP2+5t97"
    "Kk+c6nOkPe/zvWv72+7l3/dIb8D3dscHtx0e1eQqfw4x372OldwSXv/x276FxfdK/kpfDj"
    "Hev+9rnXh2v+h1aFd2nLMfoTP+VcYVuW3795m9T281fMiW3jh1Lwxkiah/Dxq1dFMIZu+Q"
    "eBbEzi7LiW4shdx/YEFFq2qszxUIPMF9whbLJS2zDWuu2lSRu42HdT+UNdZmWdQJtbX6Wo"
    "QFu39f4CEq0uk1BlNg7OIoufMJU4V5joNK2e6lpPdXV3C+1jcUDTLCRPq9rGnaTUIad1nu"
    "WqtWx0HZtDmWHp7l5OxgtJtE67moTn558uXVw+TtcY7LdRVd6P6SgnvsWItEGyqvgGGFbY"
    "QpJ0jVnLe95HJIpEaaV5FnyittFo7MtgP+OuIi3eM3qLOKHmjerMG8mpqhSjrqBszIu2Ya"
    "B6rGiMjOzMoprvox9R6NxPKizFkeqo8tGu35HStHpTqvOmpNPR7bLyaBCInfJ5KVt59NYf"
    "5jAhfbb0aGxBJUqPXnQGF53LbrHKo0HNMPGTNi3z5xcLG1qrBoFetX6dj2s+oqWLsB3shr"
    "9x+bUrMnU6fhybIuVGvLm9LvWGKToGdQyKJo7q+MmIoWrZnFjIJ28jDKnmHsmKGMgzQZ/J"
    "VBeMfHMkCRKP7VDmEturaAbpKGR0o5+1Ar7LfpCrAmqOO6oMyfu7uUzO4VdoW87En6juGi"
    "TpCEqlcQvN+VNQL87Lvef/rCN06XeSicfR8RsEEtZOsvDp7MrbFanzc27k+WTk+7/kemRs"
    "zR/y5bJWbT/gVHOSWxXBvD2+tKksRta8tOBNErxsdzIRZ03pwltpup2qLmoyuWUFsJdJpB"
    "aWm1ewdvFS9Pl8XbLwfaGCFqKzxwktLMHNCI4Kike0g2xnIWsEmfOAESJwC+B9HugT8Sri"
    "yioUaIFte8kt40dkO0I8NTzOzDsBlRUv9nbjMgnPFq4l1gcpmd9M82D74sGC+VEyYc/Hp8"
    "TI65ykovVrt9/7+Puo+6nTuzpD8W93rN8Fqs+dweDLTf/yDCW/3zGx113/1A1o49/u2KB7"
    "cXN9OfrYuZAVJBNf0+9oESZw+6nAXp7JrlFm2O3z2BZ5CEuCZ0HOT4mRptN5MarnxZAnWZ"
    "kVHhI0MXiiyBIXvdYET2QWuXbiz0e/WRmQtaP3pjtcnWZZuwDrGdZ6QG1RPmyL8u41RNw0"
    "+JK1crVEfnu7gKbI61pQW3QLHjmRScyzdYFJbEwE5siTEYjllyiV/aiDTGzLOi8/Zm11aT"
    "uZGBXsZFl10V7vvIGBTkuvO5Bedb3T5p//NdLAg9dOztbqO/Q8s6uGDkTP76hD6AoOBLZg"
    "TyMtt9SB+3GJstyHQaHkhwOlPs4QVHiG8iBjAlVImFgWbakOly4INlqKfRCZHLY+3+GBWn"
    "7VkuzGuu8fAL4V91/5OKh4Ikscwi3/YstSKZShzw//dIkrnT0krm2xn9PJTBoDGPeKsSRq"
    "rgQOGaF/hxho043c+4nlNP0RTXNKH76wun9MHtwyfu5h/yble9nIwb0mG+tAmuZuvHyPit"
    "010b52i/VyRha2bz5h0yWwrcgNStJ6dsJ02SaxZ43JVDTEe4qmpecJ5pVdkj7pPstI495g"
    "KgvnPm9dxMYZL+aUu/HJ/yX416B/47jXk+MC3OvJcS73Ck3PbG7ls3jqXMFbiJTT1gEtRe"
    "z0sPtsYqV2Rl5fe7gtRI+CR9sXYNHBjRlUVV69QHBfNmSt8BlmD+KEwdQmdlRGvI1s7rH2"
    "go9eWBzcwIDc6wLFBr0au4qa5Du/25a9onXFwW1XHNSMgc8YvC+S2vJ9fmLL95m0ljLxwG"
    "hBrNGcMleVfXd97pMUaZN4g60F90ZAGViRw7IAwD6dRlfFU3E2cS2LMGdkEfGEtioBR350"
    "uppaI61AGrYivKDioHwkrAzIWUKNbw6+EqKRSachH5/EeCiuXhLTwflIZ4fIExfgjwGDHS"
    "D4JWWx69tP593+D68zucklJzzywvKycOd7Jabp9l8LNsbZjV1qOpTZR3A/BXP3x793g/RO"
    "fBQj2aTUXNR/Fg7HZbSEMJv07tgweL1hnh3lwtZLSvp9MnVtbLYUwn7Q1F4n71tep4Iif9"
    "9njhCfShsc1Bj3JGxpcpODEQM0ztAK/gzoh9vhxV9BSJ+anBsJQmrLz6CGlpYzjGSIc1b2"
    "389twTLYnS+cFXLIN3Ez0HljiTeSh+kZctkj40vWRkwMIB09bPIklqgpB7ZjP2nhOijQJK"
    "AxmWDxA31Fu2x3OEdiTlelw4NAdd5Gf7RkviwdI1RPo6HHe5XTCsVpdC4nXQh4v9UequTt"
    "22LKvrohfuhmiBcru1S3idx13SUp+Y2W4ukE+iVATtM1EOyTQhWYTtYUYDrJ1l/ii9zUk/"
    "lgJ4gaiPT2gzRxlMKpKMgxkgZCfFrkzD3NP3JPMyeulDnKMekhSZP0pnvPNF+WzdG+FgfA"
    "5FjEsVYVHGridDomr84z/AIVLuv2wiaPpDeF+Ks3a/irN1n+Skc+6shHHfmYo2l3qEUMMU"
    "0tpbI9bG2v17fLflCMtGiEzowguBnosDHy6SGU8AwtPZ84ZIvlQ6Ri21eFew7bfosftGKJ"
    "sQkkrqJT6Uc3pSYBElBVA0KK0Jx93nkD97tH1YaVfyw8Kjerw3cL2320Y7B4K/FZMcoGMt"
    "MNS2tSEz/mPpnwJ2Kt8nISJtqf2Xe9nlVzE1pkYeKJ7zos4JoR5tAJdriFxE291IHlEw9u"
    "NKpix4zshH5U97+1C3OdXJhfPjr/pbfJ3WdwrnI8xci0FqDOWgAtn2r5VMun6gBnweEw46"
    "PgaLil4pUS7Wt5JVv2HE1l17K1OTJczBG64g8UZEFCpGQITI0fQCzuM6XWXB29vPmAG8iU"
    "9dloXlTC3A0bZBNsigNXrDMhF2YhHpJvORawDGEjmKJ1B3T3t2HibM748iaq1Abd0w6+Ov"
    "74+xTjUxFS3tZYZd5TtJpJrjOTDFnnRrZDFtlpXudekCCr5GJQszndn4fBRuqy5/jvoDrd"
    "jrnvOvAZW+a9N+Snbdt7CgUr7TU9w0XLToX5ZxOYWi8xDzWCzGT3Xx16D/YXsJv8/GUYpC"
    "KjtkyG5mkGVczzhqPpZAg1Z6E1D/c98nDyiK6o40zT6pk/pJnXtQWqbLB1muWCfoxP/LGi"
    "hT1OqQW0Os8yXYwqeNgnqZpXiWf7PvZSWhDcvcrRPh/nJFXzcN5JAGF99OVZrA9DYX5Idr"
    "nDVw3szSx3K13QFUqE28A3PV+F4IZdntUfXGDTDPMjRBkQ0Hgl7Wht1Pnc89IYSAdNebM2"
    "srhpEgO5CzS1+Bz1iUHtv4DuwD5Cfb4UA7qOSZ+I5+/pzMhKOoRmFQ77vT1kahha9OEBMk"
    "GKMxG8S61VkAbS4eheIgcJ0+x7v9AGVOnAMumDzMJgu2OJqNR8zKBRZmconI9B51948aCu"
    "fOVInQ+jujDNJdIv6HQWOp3FYXGjOp1FY2XnCXAa5Q7XkETHTZc8YiPYp5gKVq0c7hGNBr"
    "4y8DL9bzncQxINe2XYKZsKcUCI06O5Av2PJsd5nHyKMDUHU6A8wFlYA+jlze35VRd97ncv"
    "eoOen3syPDNkI1wSF6gnkfe7nav6FAaScvgFny+wRW21vT/dpf2s0C4WRNC7RJinLBcZUX"
    "pxl+KLQ6EX5B8Ew72MHJKysqxIBlUQwkJn3CZeNkOIxPSFby+TIcjC6hDPnd9VllxzGRjn"
    "ACRZdm0ppXDQFojbgW+Cs+QwhulVeYPCbqL7kZDkZfpzDL8nrNdmu/OAzKBT/33buIpD+M"
    "hlWPMEUeNCSt8XYM3f59cZOOzqmXXZXw+ORcdiMKiKW45riVNpxqUy4+JtiKXRT5Bp+Ddg"
    "14NjrizPHqfTE7CZvOTxCxWkpohQT8H+PKC3zMxfYmWKlrCtAPsOfGsxvn3gzkPDl6Dy7V"
    "7igmeDuj9CoaVK8Nb+ReQugFcBDnb+o2fYsh1BLOvGgyJScM+CPc4t7bmvm27ZDVhbwLQF"
    "rD58tbaAaQtYYy1gyhpzIFvnsP/K0nIJwfoAcV6ntBSCcjosVluWtGXpOwJeW5a0ZakGs9"
    "Bwy9JlaKBo5cqkUZd2AdE0sngUk1C9TCqBOSYwnKStPtK+Y1DP/CJ1sT9CV4Ins8gYJCmn"
    "1BKkM5cZObGnu76dlkprvdXlS6V1sbC9rEP7DkxsWvDfkaCqxajSYpT0DCi3y4YkOutIVa"
    "7Sd78oKb5GRBr5qshbBNvlTrSIQgcX5iqz6sTDf+QpNjLTWIBvn3K4XyGOHbyyxMHk8cA+"
    "Ay0HkRFT7iKodGvyh7bHSSd9tvzStZ63lr+axGW1+9eubqRMT51g5iKCzfJUawZeM/AvuO"
    "VtmYOPvRUZkHOXeZKoSdq549en707fn7w9DRd6eGXd+s6e0zL/TblKITGSBq7b7VRDrdM5"
    "/Q9wYsg9qL3WAif1LOz47El94xWSbyM8dYjle1HICu++GwWaciumxgIx8Cz2HTRk8ly1HW"
    "qa0rMai/9+ijY5XPbU3tdNt6xn2/iMrr/z9Fa2rPzj95EsnBGEypfRSSSIvjvNRJ22pz75"
    "SiYetuodKuxQYJOy4n2ftwEwRJhjrTz+XbDz3gaQCLjAhiG2Dod7EkAbucxLqGAcoZ7YF6"
    "StW3qICaGAcQjCUCj/d3cfrfXXQkNzmC8tNNT4BI6lXYTNrKTUEKdp4MrdjtiQAVm1QzNs"
    "rdZgrAB4vHI8s/iBQbxu04UCDu1Y5JdA8rx33en/rq4BEfSPW7bOfx92Oy+tt64b5nvwwq"
    "x3gGNN8uIdRHxjTeSIL2Q84/yxpZAggqa1ssPS61TCDuEXUff4eIy+8rFUGBCxigTD3hGL"
    "SAaayDgT0Wjfozl+JDbUYzJcycPL6G4LMxtPfKceMZKg92K5BY3aLrGvG28gV4ghSvpaRB"
    "S6RJQOYNk1vDE4rVLhFn73Jh7zr06LiF7QLf+gl43pjGPl6roG/ZsI8S44KdvxNZRZgLvM"
    "nUuQ4xlwk/5FAfH+0G597l5f9q5/apWDPCA7Q/6HOzYIrgyCK5fdq96v3X738gyFH+/Yx0"
    "7vCi55/9NHapGJ+1Bg2j7kTtqH9JRBkIZrEYWT+2COTXNtcEdAtz+lxKtdvRueRuLk+N3b"
    "UBkBX9bpIQafOldXCgumco9ZD6ap3me+byAZ+eZUKLEQI9P1FeomoCVCbOyRGE3thsq5ST"
    "DL0fvH6dKaJUG4q1cmvLJnzdLNzVViSs976eqht5/Ou/0fXsu5jMJsFE6QLmPKnDP57HqM"
    "RIdHK9EcucyhCr79mUIwaWK9V9Vtr9pImZRQP2QXR8lqkT97YxyixuHZihCRsmXXtSJ93d"
    "vAq0udr5wbhIWrn1XR+UWuC2rqvnhKMr9keqDlk1Z0mz4wYshUjWdI9JpzcAlacuTfoI0M"
    "1/KqI3h2+CN0zp2ZpCVsYq0WyhQ0e7mjLuBeT+2cLuCuC7gf3lQcAmuQ0Hl5L8vCIk+Uuw"
    "o9yrPvWZy0CbFG+37RAvxGYDWq8Lqp6DU7Xrd3bkvsuK7eXqPq7T7DPbSUqSBjrYV4cfH4"
    "RbNtSOd8IiZF8LyBG74/jOcUK6SSNrjCCg55TEQPAhZraiPQO+X4+lceDjKvfxFsOHcFF0"
    "5NkwrGi4MBXPSxXCY4cTEkOP0vufVILGTQwoz3H4H4KXa1cnXQdDH4bbPj9XYz0mdRVf7P"
    "wY6K7Vtv8YmoGhTTvw2rD7Esrjig1zjyBgRNYJ3TbhBFvHhFrzVOEBk/3vgJk8U5d8GmyR"
    "q0bLfmh14XT7P67u7Vqysr1eiliytXVKTXA9DtqtJ37A375/8Do+QDUA=="
)
