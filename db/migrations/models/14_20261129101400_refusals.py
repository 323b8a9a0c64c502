from tortoise import BaseDBAsyncClient

# The unique index is written by hand: nulls are equal in it.

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "refusals" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "token_id" UUID,
    "model" VARCHAR(255) NOT NULL,
    "hour" TIMESTAMPTZ NOT NULL,
    "code" VARCHAR(40) NOT NULL,
    "limit_window" VARCHAR(300) NOT NULL,
    "operation" VARCHAR(64) NOT NULL,
    "address" VARCHAR(45) NOT NULL,
    "count" BIGINT NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    "retry_at" TIMESTAMPTZ,
    "message" VARCHAR(500) NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_refusals_user_id_d9ddcd" ON "refusals" ("user_id", "at");
CREATE INDEX IF NOT EXISTS "idx_refusals_hour_6f0e47" ON "refusals" ("hour");
CREATE UNIQUE INDEX IF NOT EXISTS "uid_refusals_kind" ON "refusals" ("user_id", "hour", "token_id", "code", "limit_window", "operation", "address", "model") NULLS NOT DISTINCT;
COMMENT ON TABLE "refusals" IS 'Requests of one kind that were refused in one hour (UTC). A flood of one kind is one row with a count.';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS "refusals";"""


MODELS_STATE = (
"eJztXVtz2zYW/isYvTQ7o/Umjp2k7s7OyLbcqk3srCw3vbgjwxQkIaYAlQStaLr973sOSI"
    "p3mdTNFMMXWyJwAPEDeXDu+KsxkQNm2getKe/JByYaJ+SvhqATBh8SbU3SoNNp0IIXFL03"
    "dWc65X2F3fRlem8rixoKWobUtBlcGjDbsPhUcYmzNFrElGL0T5M/sgExLDZgQnFqHpDemB"
    "E+INwmCj7dfVb8jsgh4comP37qNclszI0xNttjORNECoMRKgZESEVsJWGkA/wFA2nAT+Bi"
    "tIvJHMH/dBjc/4jBOBZM+fsfcJmLAfvCbPz6e8OxoQEuwvRUsUGfqsYf2Gn60B9yZg4i0P"
    "MBdtXX+2o+1ddubjrnF7on3t5935CmMxFB7+lcjaVYdHccPjhAGmwbMcEsnDa0IMIxTW/1"
    "/EvufcAFZTlscQOD4MKADalj4rI2/j10hIGrSfRM+OfoP95PC3Xr9y+vev3rdq/fbySeAv"
    "wJsbXyLhlS4BPEhUL4/vrbHTcARF9t4ARnP7S6L16/+YeGQNpqZOlGDVfjb01IFXVJ9VIE"
    "KOv/CZzPxtRKx9nvH0MafugqGPsXApCDV8WHzwdoC5A2JvRL32RipMbw9d3LJRD/3OpqlN"
    "+91ChLeLPdl/7SaznUTQh2AO4YJioCrt+/iuDmwTYb2jiytiFxhAS2P15fXaZjG1DE0B1w"
    "Q5H/EZPbag9RXgIrYoEjT2z7TzOM54sPrV/iUJ+9vzqNsw8c4DQGfLDt5QU+oFgLeI/7fq"
    "24w30ruz9lVn/ChaNSeHZHqPQFSCONLYXHd/ZrCeDnwr9/Hr46env07vWbo3fQRf/OxZW3"
    "S1apc9mLQRySShLgnkOL4hOWjnCUMv6Ye6QH/oc95DINuMHBlTDn3lOwBNde50P7utf68D"
    "HyCpy3em1sOdRX57GrL97EXovFIORTp/cDwa/kt6vLdvxNWfTr/dbA30QdJftCzvp0EJLY"
    "/Ks+apFVZ1+mHEZbYdWjlBVc9T1ZZR+TpctssUfQzFZ5uaOUG1jmkrHRKq0ySBpsNRYepa"
    "xXucyrbFJb9R17pXWO09YrvR8rzadIB0On6B7ZCnUW/UoKdsnWOapfHx3nULCPjjM1bGyK"
    "aRw2aAzFjHAhkk1a4sr7Qj1heEPb5vAh1e7mm0Kj0F5Ii/GR+InNNcAd+B1UGGkam2eYvv"
    "GG2U9Ig6vB62XR2cIYHH6g4N7dPVrj3ro+a523Gxrhe2o8zKg16EegxhZ5KGNXFn2TTZPD"
    "SfwKFXSkwcG7wN8cRj3FTeCvRraLAG8ot3fAYiNuK2axAUG6A3LHJpSbd2iMF9KaUJMDa2"
    "sSWxKu8KK7vGTG4VFxFNLDrRIliUFtluYS2MIMT/sBaov/s1r89QoX2UQXBJsxSz+N8s42"
    "zcPjoxy7JvTK3DZ1W3Tf1HD1H5nFYdBVRNTUAWo5tcxy6pTa9kzCtjLgI2YX8vmkkFbQ/X"
    "N4nEc+hV5L3rSEhDrg9tSk835RH2acrnrawOZdmaY0qFkI5YBid89zww3R2D7Ar97kAPhV"
    "nCUFAGNTFGBLZsHbFs4koQ5ETZRy50DfXLe7BaHWNCcE/96K1vmHzuUJ0f/igukz+JNr30"
    "827tX1/diOPWWA6irrHqetBbRSC2gmFQWNWSGS7Rqzdqn/bMWWhUhtwJb10RtmLxF90pQV"
    "epwipqwuPNvdzllvmS0rgDoaYhoF/NSjvfipy0yq7yMT63BA657tR1mAR8OUUIU24F7XxO"
    "kDjHMGH6uKk8WGjk3TArqKoNR1R6kuSIZ8ZNZ8Ew9U1xuryg+VzWwbxl0TqWt3lCqBVMgn"
    "EcYThoItgRpKpjiNfFCvBOtJ+JMHWhzwYjHeXsql6fAW8OK0nAFX7UemB0imfAStzaVJH9"
    "ivz7BjTsfOpzFVZAwjAurad0IFoYYhHaGaZGZxpZggXOh0DBhK2NT1OMAlLxcjIE86dTY6"
    "+q24FZeSDF1RjjywuX1CKLHkDJ1BcHtyMST00VPBl8lUYQaJ+w0eTmY1tceIQBffcxT8qk"
    "LZI54EVSeOPLsbqbjGvEsLSUl0qr3Tk58t6KOce8xK70zoHTH8fTiv0TygqKAT6CiPV+Io"
    "2ytxlPBKaAmm/wB3t6rpPDpCmUFvXLffX5wQ/HsrWh87/d7VT200ofsfo0b1W3H963Wv/Q"
    "Eo9P9b8XPnutO76p4Q78MqZvdvc6zgt5kL+G36+hXjN2GamuHE0uKc+8/MKOR/DpFUzw+6"
    "FbfzaqGodQDqSgGooLoVy6GNUlUP5+1EUjCVGhTWY18ykgoDiipAvEyEb//Si0jviWzOhQ"
    "T//urye797PMUzxYHyPLGrZ4vSD5mmj3iX5jL7R1BKopARpBWqQdFEwwA1TW000IGo39hN"
    "MqM28XKvdAc1ZtwiFh+NlU2MMRWj9DIXGxkXDR/nUjC33EWXDbhNxtQtkeH28WkJm0pj7I"
    "5KMVqWcHi0GM1bFaOQGeOUjzLTfFMlopTEXu/VK2+IppvW++3h4evXbw9fvn7z7vjo7dvj"
    "dy8X+b3JpmWJvqed7zHXN/JO+sm/tXnjq47/qFNcNqp9hLaCYqAmCGu9LiafwVa0SlJrQF"
    "aHJ5XN7FoSebCDq3etqI5GSYiCodalUqB+Bvr2ouOT8t8VyFaWnJ0EItQBCctucJ0qX/CS"
    "cCNkaMkJoUKiHOUJXeiDIgY1YIgJt+2kNLi1WTYs160t1JU/8WYjxVqWZDXhUhUTmBckm4"
    "H3ua0EOxObS8K49Fvb0S+ymqfxrmiHpezLwq4ge+i+nOXUYdvAEzzmAVLhI7NcdoKqIMNv"
    "NmOiSe4sBwP//jWhmGnZt9jU5IO77zRLEs7kHjp65RY9tzp+9B4+mCjJ1HY37RpcLhipAL"
    "eLElVGld0a0+Ohhzu3HTpEU7mEzleHefJCoFd2Ys5hstYgvE+rJAgEZHVWSFmk8SyrQEn2"
    "tPdsqFqelyhlRws3L93PTOjou5vy7mYtz0KKkVwT2B088iahKP8+sDkbEDdH9UTvFYJ9UZ"
    "qEwKOhuHCY7UZ54Q5j8gn20RsTftf90ICKSTMqzWy7u8nRtvvJi1qbjeFPEIuG+6BXCQrN"
    "uxP56MfQuQqB97MOyLnXiQ5hcyWHx6A9ONZWVIPa5Lsrk2/x3O3tp2w/31b6Jk9phDfZlR"
    "HeJAoj1NbWjdoEXR5fvABaQFY9X8WeSCG5QjFtxzBgrykcHxWn26otvSSLWzR38Xmku0Uy"
    "WYpoF040y5bromltubzs0NmVhKYWSDMgUaFHu+leooFohOI8CkK6+AzKPiP+yNwsAe0aJ3"
    "6dku+8Qx9cyczdAVPd8DubuMjJE1PHgueDFcweqGWwXclg/vqkCmFPR/OGyEsdyvtzu9u5"
    "+LXf/tDqvD8h4W+3ottGqo+t6+tPV93zExL9fiuA111+3/Zpw99uxXX77OryvH/ROtOBvp"
    "Gv8Xc0lz1l42VOnl/ILpG5avMytlvQL8vwmn1IQ5yuPqph9aMadlxgr2Ro76DCXl2sJxv9"
    "apll64Ma1uVwZVrlXGrvqvWY6lpM+7LCtR2wLiz+3NWYSlpY3LUCSXMgZ6KRaSXy2ps5LE"
    "Vu15zWohuhuBm4xFxfF7rE7hlgHioWrnMfdD+uCJ6xgMEn3yV9dXE/GYyKfrKkuWinM6/h"
    "oKu11y1or3USRvX3/xJZ4HtWarSg3/Q0V4WVymt/72FXDCCwQTwNrNzaBg47sKUZlECm5Z"
    "6nDL1OCKadTegceB+xHCHgsWhqc7gOQbDJDPggMSWyPi/ggQNLlNYDS2Gsu/4BGFtx91ne"
    "w9565x8praf8xiZwGasMfRz912GODvbQuPonTKMzQEiiUXdPpfYCE/2AjEV8Bwy0LiN3f2"
    "IxS39AU5147Gc299+zkVMkQHTRv0oh22uFh5aEserarSlc1a/pms1SsS5qkcJpGNmlT9HR"
    "LErXYNY5HTop103BtYN0D310jeZ2wFqmlkTPOJK7XUA69mKhU3JHtj5bfVJOCTTpZdyp6L"
    "kSa50nUbLtYcvHSZThOOsqbgfpGA9oSopADoA9uhrdtNPCpTAcy2JC9S0Gd2irlHJAmRhn"
    "UNdIpyCNrGhZ3fNMkJOENb4Z+GqI+iYfLuwjUYx7cPWcmYpmI50cIssMg38GONgegl9QBb"
    "q8+XDa7r54lah8F0jCeUM0Aoq1gjNWAjQkzd073FRc2Ac433MIdBuL2SigOkXdK2sWNq+Y"
    "a6VYVfPCSb7uyQKp6b2LQweWJfYG5xs8rWB2va0YM2PRCIZlQb3kWrR56cF0gSfdig4F8u"
    "Kmd/YPVAmHppSDCCG39We0YmnTFSVBveuIprmbadE0155M1Zwo9gUmQ7Mf1XgTzbpPiCMe"
    "hJyJJmivgmlPi40JxdTUA9uhnzR1FPH1VnLPDAo/EHVcaNLtSkpQmMW8cHwuFvZukt8beJ"
    "N1kG5JrXbuTl/MBhGmqav7pMgCRQwNC4IyBzmvHDG4hfqWmp0kAF7uSvRp6nix0nkTo3r4"
    "oJCRzu9fwVdn8/XVdSZ1fwZ3B+gXADlOV0GwX7/Mgzb0yoRbt0XxltPMoinZYEeIKoj05r"
    "MkVijfvW7t7nJDvPni3VrnKCakL0iqZKXbiai+LxFTtZCzopBjMWXNVwiKD9PVQfFlXuEJ"
    "bC50VEiSDZFUcEs6ziVfHS+Rr46T8lWdelCnHtSpBxmWdsUtNoBlaqQa2xetzeX2dt2vjy"
    "dF5rO5Y6AnTuYe0uDRYyz/CZm5EVjEhseHacO2ZwpvauO11+JFjVowNh5AQbhb1XLITYYk"
    "aKpGhFJiY3c58xrBXg9pDCt7W3hIZVb7H4S0/XQD/+FdSc4KUVZQmK5YXnFJomYjh4Gnct"
    "3oYeHL+G78iPJixYGwPDA1vEBVgGuMRWINqvAAnenUrd1TvPLPWqOmcMzAT+ilVf1RB8yW"
    "KWD2+dPjnptNbr+E4irbU4istgKU2QpQ66e1flrrp6my0jVIOGJwoU//TZOVIu1LZSVb9+"
    "wPddeixbETUswBeS9HHHVBxrRmqE8M5LqUNMwz5NYk/ZzC9QdcQ6csD6N5Vg1zO2KQzagJ"
    "Gy48Z6AXJiHOPlQ1QVgJoWjZBr2pw1Xr8mD55NNqqfGxfByXNa6y7jHaWkgus5CMZV/6tm"
    "LT5DIvCy+IkK0UYlCyNd2TE7+ekr+vBOtJ+LNl6bsMcsaGZe815Wnbdu8iRZR2m56QonWn"
    "3PKziUKtW9eDD/zSIHefFb/zzyH78VPPrwXCbV2NxLUMpgnPa45Wp96XXISuZbivUYbTW/"
    "SKNs44bb3y+7TydXHfVRhsmVY5Zxzjo3xY0cMepqwVtDKvMp/2V4iwj1JVrxT+5mPstbYA"
    "0n1aoH02zlGq6uG8lQTC8tjLk1jvh8F8n/xy+28a2Jlb7kaHoKcYEW782PRsE4Kz6PKk/e"
    "CMmuaiPkJQAYHcz7UfrUlaHztuGQMdoKknaxJLmiYbEGdKhpacuGemf4O2A/uAdOUMBnSU"
    "yR+ZG++pxmyuA0KTBofdTo+VGnoWH42w7iDsifpY97lfdFBJcqeRw/Jc9p1X6RrLZFNd9E"
    "FXYbCde42otnyMsVFXZ8hdj6Guv/DsSV3ZxpEyb0ZlEZoLlF+oy1nU5Sz2Sxqty1lUVnc2"
    "UNIotrkuSOq86YJbbAD7kHIQ1YrhHtDUwK8MvC42Wwz3BUkN+8qwczEEdQDU6f4kBf0LU9"
    "IsST5GGFuDIVLu4SosAfT86ub0fZt87LbPOtcdr/bkYs/QjXgJLnBXI++2W+/LU5lf6+Hn"
    "NDWrc9HWfFJN18pmPl392pksdGWg8lRluOCqraCxLpRbKfyLoCWjBIJq6uQ7Vxe2FRDrs5"
    "5QdgFNGPRa7yyQpIa+q0k3HDlQK8210lweVlcrzbXSXFmlOfUQBNSZMzITU88+iKjLe4jz"
    "MjkH1N94JH2tjNbK6FcEfK2M1spoCVah4srohYwpRonG5tPq6FDifM28FYZA+uI6Iho0Qg"
    "wV14NoB60z9Qvrm1Kfc0mVWxBoSi3l0riV8rX7lniPElxOLyi0rYlSq2EsKEMPOX5bqyxG"
    "rZLuSiWNLF9euT9CVEHZ/10Oyf9d9klzcak/9FYkQM58zKNEVdrZN3ZolA63L1aYLERSwe"
    "d2M8XXy7RP/4AG0MyN2m3NsVOPFx2f3Kmv3HNrmoQOFbM8C6w+UMY/A3ooLb2tDrllK4Ka"
    "+EnoOxp+vaOtuWnqE6VBHfUzwvRwyV17V5Nu2HK89h5d+qTJzbCs7O33gU1VHyPzipiFIk"
    "RfnXGoTOypyz4zw8U2nUMtOuRgUla479PZrIIwoay5K7+DOO8yAEM6eMSzVOSeYdwmsA4l"
    "XQ2gSRzhxm8ODkgH+IK2k2nvEigFQhLbmaTkuW5vntqPVSsN1RG+aqWhxDtwKMsTmVlBrS"
    "FMU8End/NnNmnA0ji0oNZ8CcYpAN/PlVtMds8gXsZ0vQNhF7GggORp57LV/TW95NRpygGy"
    "p7/22q0Y6hajdjGeHFBU8LHeige33IfblCQNby8inkuiR7SYxY1xI0WB8FqWag406POUxp"
    "C9sGWzCuyJEL41o8Ajs+yCwnWIpObkOTn5NKV425LD96ZpRduqgO6rXKccvVpyytGr5ClH"
    "MKNKLQqAJ99nhO0EJPHdkhuK/I+Y3N5HDWYJuAhGZI9M1B6NlxmNbX44wOlzG8X+/j/BDU"
    "RS"
)
