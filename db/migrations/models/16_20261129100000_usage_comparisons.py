from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "usage_comparisons" (
    "partition" VARCHAR(8) NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL,
    "agreeing" BIGINT NOT NULL,
    "differing" BIGINT NOT NULL,
    "unreadable" BIGINT NOT NULL,
    "units_apart" BIGINT NOT NULL
);
COMMENT ON TABLE "usage_comparisons" IS 'The last comparison of a partition: units that Redis has spent with those counted, by users and days.';
        CREATE TABLE IF NOT EXISTS "usage_differences" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partition" VARCHAR(8) NOT NULL,
    "user_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "spent" BIGINT,
    "counted" BIGINT,
    "reason" VARCHAR(255)
);
CREATE INDEX IF NOT EXISTS "idx_usage_diffe_partiti_8c4e59" ON "usage_differences" ("partition");
COMMENT ON TABLE "usage_differences" IS 'A user and day of the last comparison that did not agree; of each partition the first hundred.';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS "usage_differences";
        DROP TABLE IF EXISTS "usage_comparisons";"""


MODELS_STATE = (
    "eJztXetz2za2/1cw+tLsjNabOM6jzp07I9tyqzaxc2W52e66I8MkJCGmQC0J2vF0+7/fc8"
    "A3RcqknhSDL7ZE4ADiD+TBeePP1tQ2meUedGZ8YN8z0Tomf7YEnTL4MNfWJi06m8UteEHS"
    "O0t1pjM+lNhNXaZ3rnSoIaFlRC2XwSWTuYbDZ5LbOEurQyxbjP9u8QdmEsNhJhOSU+uADC"
    "aMcJNwl0j4dPtV8ltijwiXLvnly6BNHifcmGCzO7EfBbGFwQgVJhG2JK60YaQD/AWmbcBP"
    "4GK8jck8wf/jMbj/MYNxHJjy33/AZS5M9o25+PXfLc+FBrgI01PJzCGVrT+w0+x+OOLMMl"
    "PQcxO7qutD+TRT166ve2fnqife3t3QsC1vKuLesyc5sUXU3fO4eYA02DZmgjk4bWJBhGdZ"
    "weqFl/z7gAvS8Vh0A2Z8wWQj6lm4rK3/GXnCwNUkaib8c/S/wU9LdBsOLy4Hw6vuYDhszT"
    "0F+BMyaxVcMmyBTxAXEuH78y9/3BgQdbWFE5z+3Om/eP32bwoC25VjRzUquFp/KUIqqU+q"
    "liJGWf2fw/l0Qp18nMP+GaThhy6DcXghBjl+VUL4QoA2AGlrSr8NLSbGcgJf379cAPFvnb"
    "5C+f1LhbINb7b/0l8ELYeqCcGOwZ3ARFXADfs3Edwy2BZDm0XWNWwcYQ7bX64uL/KxjSky"
    "6JrckOS/xOKu3EOUF8CKWODIU9f9j5XE88Wnzj+zUJ9+vDzJsg8c4CQDfLztlQU+plgJ+I"
    "D7fq+4w31LdzhjznDKhSdzeHZPyPwFyCPNLEXAd/ZrCeDnwr+/H746enf0/vXbo/fQRf3O"
    "6Mq7BavUuxhkIE5IJXPgnkGL5FOWj3CaMvuYB6QH4Yc95DItuEHzUlhPwVOwANdB71P3at"
    "D59Dn1Cpx1Bl1sOVRXnzJXX7zNvBbRIORLb/Azwa/kX5cX3eybEvUb/KuFv4l60h4K+3FI"
    "zYTEFl4NUUutOvs24zDaEquepmzgqu/JKoeYLFxmhz2AZrbMy52mXMMy14yNNmmVQdJgy7"
    "HwNKVe5TqvskVdOfTcpdY5S6tXej9Wms+QDobO0T2KFeoi+qUU7Jqtc1q/PnpTQsE+elOo"
    "YWNTRuNwQWOoZoRLkKzTElffF+oZwxvaNkf3uXa30BSahvbcdhgfi1/ZkwK4B7+DCiNPYw"
    "sM09fBMPsJaXw1fr0c+hgZg5MPFNy7v0cr3DtXp52zbkshfEeN+0fqmMMU1NhiH9qZK1Hf"
    "+abp4TR7hQo6VuDgXeBvTqKe4yYIV6PYRYA3VNo74LAxdyVzmEmQ7oDcsinl1i0a44XtTK"
    "nFgbW1iWsTLvGiv7zkkcOj4kmkh1sl0iYGdVmeS2ADMzzvB9AW/51a/NUKV9lEI4L1mKWf"
    "R3lrm+bhm6MSuyb0Ktw2VVt631RwDR+Yw2HQZUTU3AG0nFpnOXVGXffRhm3F5GPmVvL55J"
    "A20P1z+KaMfAq9FrxpcxKqyd2ZRZ+GVX2YWbrmaQPrd2VatkGtSijHFNt7nlt+iMbmAX71"
    "tgTAr7IsKQYYm9IAO3YRvF3hTefUgbSJ0t460NdX3X5FqBXNMcG/N6Jz9ql3cUzUv6xgug"
    "N/svb9FOPeXN+P67kzBqgus+5ZWi2g1VpAs6ioaMxKkGzWmLVN/WcjtixEag22rM/BMHuJ"
    "6LOmrMTjlDJl9eHZ7vdOB4tsWTHU6RDTNOAnAe35r31mUXUfhVgnA1r3bD8qAjwdpoQqtA"
    "H3uiJOn2CcU/jYVJwcZtgPzHlaB1b9YKwm4+Uy14VxV0Tqyh+lSSBVMrcn8YShgNtRQ9o5"
    "/pAQ1EvBBjb8KQMtDngejbeXIlc+vBUcFB3P5LL7wNQA89kMcWt7YT4D9hsy7FjSZ/FlQi"
    "WZwIiAunILUEGoYdiekG3y6HApmSBcqEwDGEq41Demw6UgzSAmn/dXrHX0G3EjLmwy8qUU"
    "cs+e3GNCiWM/op8Dbs+OhoQ+air4Mp1JTI7wv8HDyZy2coYQ6BI6ReJfVSkxIhAOdE7Ezj"
    "0k1ZXBbSr/NVEX9k4F3Fk8Qz33mKXemcQ7YoT7cFl7cEzRQP/GURmD+1Gxwf1ozuCuJJjh"
    "Pdzdslbh9Ah1Br111f14fkzw743ofO4NB5e/dtE6HH5M24tvxNXvV4PuJ6BQ/2/Eb72r3u"
    "Cyf0yCD8tYlH8ssYI/Fi7gj/nrV43fJGk0w8lkfHl3X5lRybWaIGmei28jHtXloix1bOVS"
    "sZWgulVLD01TNQ/nzQQJMJkb7zRg3wry5WKKJkC8SITv/nOQkt7nEhUjCf7j5cVPYfds9m"
    "KOb2A3YZmnUVWDQtNHtkt7kf0jrpJQyQjSSZRXaKNhgFqWMhqoGMsf3DZ5pC4J0opUBzlh"
    "3CEOH0+kS4wJFeP8Cg5rGRcNH2e2YH4lhz4zuUsm1K/+4PcJaQmb2cbEH5ViICjh8GgxWr"
    "bgQyUzxgkfF2aw5kpEOTmrwatX3+hDP2P1x8PD16/fHb58/fb9m6N37968fxmlrs43Lcph"
    "Pen9hGmsqXcyzGvV5o3vOrRBZ2+sVftIbAXVQJ0j1HpdRj6DrWiZfM2YTEfe1M3sWhN5sI"
    "erdyWpCrSYEwUTrQulQPUMDN2o47Py3yXIVo79eByLUAckKbvBdSpDwcuGGyEjx54SKmyU"
    "owKhC31QxKAGDDHlrjsvDW5sljXLdSsLdfXPKVlLHZIFCTu4VNUE5ohkPfDu2kqwNbG5Jo"
    "xLvbU99SLLpzzele6wkH052BVkD9WXs5I6bBd4QsA8QCp8YI7PTlAVZPjNZUy0ya3jYUzb"
    "P6YUkwiHDptZ3Lz9oFiS8KZ30DGoJBi41fFj8PDBRPNMbXvTrsDl4pEqcLs0UWNU2Y0xPZ"
    "54uEvboRM0jctVfHVYJuUBehXnnBzOl9GD92mZ2PeYTCc81EUaL7IK1GRP+8hGshN4iXJ2"
    "tGTzwv3Mgo6hu6nsbtYJLKQYyTWF3SEgbxOK8u89e2Im8dMvj9VeIdg3qUgIPBqSC4+5fp"
    "QX7jAWn2IftTHhd9UPDaiYDyLzzLbbmxxtu1+CqLXHCfyJY9FwHwyKHKF5d2o/hDF0vkIQ"
    "/KwDchZ0oiPYXMnhG9AePGcjqoE2+W7L5Fs9LXnz2ci720rflsn6f1uc9P92LudfW1vXah"
    "P0eXz12l4xWfN8FXsihZQKxXQ9w4C9pnJ8VJZuo7b0mixu1bS83Uh3UZ5UjmiXzKEqluvS"
    "GVulvOzQ2ZeEZg5IMyBRoUe77V+isWiE4jwKQqquCso+Y/7A/CwB5RonYQmOD8F5Br5k5u"
    "+AuW74rU1c5VCFmefA88EqZg9oGWxbMli4PrlC2PPRvAnyWofy/tbt985/H3Y/dXofj0ny"
    "243od5Hqc+fq6stl/+yYpL/fCOB1Fz91Q9rktxtx1T29vDgbnndOVaBv6mv2HS1lT1l7BY"
    "/dC9k1MletX8b2a9UVGV6Lzx/I0ulTCJY/hWDLteNqhvYWisfpOjTF6DfLLKvPIFiVw9Vp"
    "lUupvcuWGtJlhvZlhbUdUNfM3nWhoZrWzPatQLZl2o+iVWglCtrbJSxFfteS1qJrIbkVu8"
    "R8Xxe6xO4YYJ6og61yH1Q/LgkeH4DBJx/mfXVZPxmMin6yeXPRVmdewUGntdcNaK86CaP5"
    "+3+NLPADJzdaMGx6nqvCSpW1vw+wKwYQuCCexlZuZQOHHdhRDEog0/KPCoZexwTTzqb0CX"
    "gfcTwh4LFoK3O4CkFwySPwQWLZyPqCgAcOLNF27lkOY932D8DYituv9h3srbfhaclqyh9c"
    "ApexytDn8f95zFPBHgrX8PBkdAYImyjU/QOXg8DEMCAjiu+AgVZl5P5PrGbpj2maE4+9Y3"
    "P/HRt7VQJEo/5NCtleKTy0JoxVlSXN4aphudJiloolP6sUTsPILnVAjGJRqrywyulQSbl+"
    "Cq4bp3uoU1kUtwPWMnNs9Iwjud8FpOMgFjond2Tjs+lDYGqgSS/iTrs99r1Gkv76T0qow0"
    "nNTdwO8jE2aU6KQAmAAzqNbt5B2LYwPMdhQg4dBnfoypxyQIUYF1BrpHOQRla0qKR3Icjz"
    "hBrfAnwVREOLjyL7SBrjAVw9Y5akxUjPD1FkhsE/Jg62h+BXVIEurj+ddPsvXs1Vvosl4b"
    "IhGjHFSsEZSwGakObuPG5JLtwDnG8XAt3aYjYqqE5p98qKhc0b5lqpVtW8cpKv5A4zf2UF"
    "Gb5Ra3txeq/qN8T61SUNd5glC5P5paMCevQwHJNHXy8kLh9jhW2OIawjT50Aipa0oCWwZT"
    "kwNpbFItzPtR1xiyHJzJMEEcqx2G1z5hVU0Ps8HbRYN7rPVUL3XzXavBMkfHirO0PSlA2M"
    "e2lYtFNNbHmpI0pyuW76CJNFfDd7cEq1lAUsWkCNwHwGcE0wdd2gEsv6zWZ+RkH1fISVRs"
    "3hmHF2QeDs/UOb8epkxtu9037XbHLziZ3LbE8JMh2wVzeHvQ7Y0wF7OmDvWVkpdZJWjqyU"
    "PWmrWFZKHfJVtWTHnBRzQD7aY466IGNKM1R1jLkqcAHzjLgzza+evPqAK+iU9WE0O9UwNy"
    "MGuYxasOHCcwZ6YY6Ft7DU+xxhI4SiRRv0ukq+66SlcvJps9T4jJfQZ43LrHuGVgvJdRaS"
    "MRh96Eo2y3EOLAgqTJEt5Z6s2ZruSR3S5+Tv8DDVDUvfdZAz1ix7ryhP+4f+5orS0XnAi6"
    "To+OjhMvKzhUKtH23MzTBg+far5LdhddRfvgzCCGXuqhhp3zKYJzyvOJoOCKy5CK1luO9R"
    "hlNb9JI2ziytXvl9WnldcmAZBlunVS4lugengS3lYU9SagWtzqusj+3Ux3buDueNHNtZH3"
    "t5bbOjG+SX23/TwNbcctcuHefGLvkN7UUmBC/q8qz94JRalouqPWZMY30J8uJ6cPo3cvek"
    "/GhtPJudqLh4FaCpJmsTx7YsZhJv5h82pU5y+QFtB+4B6duPMKAnLf7A/HhPOWFPKiB03u"
    "Cw3ekxtXvg8PEYsyFhT1SHzTyFqZDSJrcKOUwacm+D+htYvIOqPO4JJo273p1CVFk+JtiI"
    "dg5Wuoor3qMu3VrTXO46b0Z1EZorlHf302mq4Zmk0Udo5iTcVJFII4JGuLu3II0q7jwH8G"
    "IFOqTRFpJa684GShrVNteIpEk5l1vZYmPYR5SDqFYN95hGA7808CoFvhruEYmGfWnYuRiB"
    "OgDq9HCag/65ZdMiST5DmFmDEVLu4SosAPTs8vrkY5d87ndPe1e9ICM22jNUI16CC9zXyP"
    "vdzsf61AtSevipPZ1Rh7v5/v5sl/azSjs8EGHvCmmeqopkTOnnXcIXPAnWFsdEvdipg6LD"
    "k+TCimS2y4g6Pg4zMQPl2/XLqoEunJ/iufFZVSU2T6BzDkFS1dgelRaO1gKYDmMT5KONY1"
    "h+8Tes9wbdD0CTVyVAKP6eqIyb601DMpOPgvdt5UpG0S1XEc1TRI1LKS1zhGnxAabv97uo"
    "Zl34696J6BQGw2K51aSWJJUWXJYWXHyGWBn9FJmGfwVxPdzmqsrsSTq9AKvpS768sITWFB"
    "PqJdheBPSahfkzmluiJWorIb6j3FpObr/yppHjC6gCvxdc8H1Qtwck8lSBbB1cJN4MZRWU"
    "YKcffMeWK4FYlZNX5zcTCuJxUG54Xmzf1qT6AOkav3KLJGvtAdMesBrjqT1gm/aA5dZZRd"
    "26QPzPLa+aUqz3EOdFRktQlLNpsdqzpD1L3xHw2rOkPUs1WIWGe5bOIgdFq1Anjbu0S6im"
    "scejnIbqV1IJ3TGh4yTr9VH+nfDsHWWL/YBdGTUmsTNIUY64A6QTT5gFuaebnk5rpbVmdc"
    "VaaV08bLsNaN+Ai00r/htSVLUaVVmNUpEB1bhsRKKrjiwrVQbhFxXV15hII78s8g6jbrUd"
    "LabQyYWFxqw6yfDndkaMnGssIbePbJyvlMSOUVmwMfkycCBAq0FUxpQ3w7Mr0fVj2eo4TJ"
    "Ck0zFbSvimQbRW8DTB5fzwr01NlFueOiXMxQSr1anWArwW4HfI8tYswSfeijmQCx/zNFGT"
    "rHNrO1tK1b+pdlJIgqSBz+1RmaMUj4qPUjx6Wbd9+mcMYijcqP3WEjv1JOr47E59KdTZ0G"
    "1CR5I5QRSFOpU6PCp6ZDsJMxaqgceJ72ghC07A5palIqsp/A9KtKnh5nftbU26Zjvbynt0"
    "/YOn18KyirffezaTQ0yVr2KTSBF9d5aJOrGnPvvKDB/bfA4VdSjBpJxk3+d9AIIwIZ0nX3"
    "4Hcd5nAKmEC2qawDqk7WsAbeIJv6CCeUB6wBeUr1tFiIFSIGxMwsgx/m9uHm3110pDc4Qv"
    "rTTUeAdOlF1EZlZRa0jSNPDJXY/aMAdyHocW1HlagHEOwHdP0neL7xnEi5hucG5slPkFSJ"
    "70Ljr93/PPgDjJOWf25PdBt7Nru3XdMN9CFGa9ExxrUhdvL/Iba6JHdJjDjUkrR4EIWhZq"
    "DjTu85zGULywdbMK7IkQvjGjwANz3IrCdYJEc/KSnHyWc5pKMcJB9wai++plGfkPehWiq9"
    "qy0QtC5kaN/HJ1eVEUuxCRZHdLbkjyX2Jxdx81mAXgIhipPXLuMLDsuV+ZzQ8HONm1Ueyv"
    "/wc+Ferz"
)
