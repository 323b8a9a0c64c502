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
    "eJztXWtz27a2/SsYfWnOjI5v4thO6ty5M4ott2odO1eWm9NTd2hYhCTEFKlDglY0vf3vd2"
    "/w/ZJJvUwx+GJLJDZILlDA2k/81ZpaOjOcg86MD6xHZrZOyV8tk04ZfMica5MWnc2iM3hA"
    "0AdDNqYzrglsJg/TB0fYdCjgzIgaDoNDOnOGNp8JbuFVWh1iWOb4nwZ/YjoZ2kxnpuDUOC"
    "CDCSNcJ9whAj7dfxX8nlgjwoVDfvkyaJP5hA8neNqZWHOTWOaQEWrqxLQEcYQFPR3gHejW"
    "EG6Bm+NdXMw1+X9cBs8/ZtCPDZf84084zE2dfWMOfv2j5TpwAg7C5algukZFC9r80WLfZt"
    "xmjvyOQrNHbcSZoSeGgusoKo9rYjGTx25ve+cXsiU+7oM2tAx3akatZwsxscywuety/QBl"
    "8NyYmczG24gNkOkahj+awSHvueCAsF0WPpAeHdDZiLoGDnPrv0euOcTRJfJK+Ofof/xbiz"
    "XTtKvrgXbTHWhaK/NW4C2kxs4/NLRMfKO4KRDOv/72+o0AkUdbeIGznzv9V29P/iEhsBwx"
    "tuVJCVfrbylIBfVE5dBEKMv/GZzPJtTOxzlon0IabnQVjIMDEcjRTyeALwBoC5C2pvSbZj"
    "BzLCbw9f3rJRD/1ulLlN+/lihb8Ev3JoEr/8yhPIVgR+BO4EJVwA3aNxHcMtgWQ5tG1hla"
    "2EMG219urq/ysY0kUujqfCjI/xGDO2IPUV4CK2KBPU8d5z9GHM9Xnzr/SkN9dnn9MT19YA"
    "cfU8BHy2BZ4COJtYD3Z9/vFXdqGNYcllCTibllP1YagTxZNRarjwU8t3C0GbO1KTddkbN+"
    "9kyRPxR5oqmh8NeA/RoCuF3498/DN0fvjt6/PTl6D03kfYZH3i0Zpd7VIAVxjDFmwD2HM4"
    "JPWT7CScn0a+6LHgQf9nDGb8ED6temsfDfgiW4DnqfujeDzqfPiZ/AeWfQxTOH8ugidfTV"
    "SepnEXZCvvQGPxP8Sv59fdVN/1LCdoN/t/CeqCsszbTmGtVj7Dk4GqCWGPWYXlBx1JOSDR"
    "z1PRnlAJOlw2yzJ9CaV/lxJyU3MMw1m0abNMrA+thqU3hSUo1ynUfZoI7QXGelcU7LqpHe"
    "j5HmM5SDrnO0kGLjRpH8SsaOmo1z0tZxdFzC2HF0XGjtwFN/p1bMmUGHAN3DQqtmF81Krm"
    "EjrRnq61hEI2xH3IYXsxqqcRmFZ/pdneL965pOFzkTxM2UGkahfpwRbpBy/Pbw3UmoF+OX"
    "ZSrxzafO5WVWLw7xWYU7J0TVYlvnxRY9ZxXnpJjIJt1g9R3UZ+YkdCyOHnOdXoFfMgnthW"
    "UzPjZ/ZQsJcA/ug5rDPBOd7yW+9bvZT0ijo9FP2abz0BMbf6Hg2T2lTOLeuTnrnHdbEuEH"
    "OnycU1vXElDjGevQSh0J22ZPTQ+n6SPUpGMJDj4F3nMc9RyffTAaxf56fKDSrnqbjbkjmM"
    "10gnIH5J5NKTfu0TNuWjasYhy4bJs4FuECD3rDS+YcXhVXoDw8KhEWGVKH5fnnt3CFMk75"
    "pIEUxle54F/WBS9HvYomFQpsxk/8PMo705wOj49KqE7QqlB3kueSnEnCpT0xm0OnqzCn3A"
    "4Uf6ozf5pRx5lbsNTofMycSkEYOaINjMc4PC5jpIBWS35pGTOFzp2ZQRda1aCitFzzTEKb"
    "jy0yrCE1KqEcSezufW55MZTbB/jNSQmA36SnpAhgPJVSta0ieLumO82oCEld29o50Lc33X"
    "5FqKXMKcG/d2bn/FPv6pTIf2my+gIBXioAoBj35gYAOK4zYyvat9KyiqDVmqAZ1Kxo4IqJ"
    "bNfAtUv9Zyv2LURqA/atz343e4nos+at2OuUMG/14d3u984Gy+xbsbjMRA5IEvCPvuzFr3"
    "1mUPkchVjHM072bD0qAjwZN4wq9BCedU2cPkE/Z/CxqTjZbOQ6NC/CugpKfa+X5oI0tJ6Y"
    "vdjEC9X3+2ryS+Uwx4F+10TqxuulSSBV8lPE8YSuYEmgQ2HlOJICUK9NNrDgTxloscOLsL"
    "+95KX58Fbw7HRcnYvuE5MdZHMyo7PtpVmZ2E5j2LCks+fLhAoygR4BdelPoSahw6HlmqJN"
    "5jYXgpmEmzJfEroyHep5HOCQnywZiWcdPRvt/c68M68sMvKoHHlkC+eUUGJbc3QQweNZYZ"
    "fQRl4KvkxnAlM8vW/wcjK7Lb1IBJoE3qTorg4IXAF7HMKxB3ZnDifUhAE7IB1s43WlT7nJ"
    "EVi81yBpdEIdck9Hgtn3bZTGlNEHRvx4TsI4OqXwfgGc8ZjZ+IyffWZL5MoH/7molF/qU7"
    "ggtdQDLziiPFsv6tmqrsTv0mhTEzVv71T3F4tNqeeyt2a4XDRhlbXjRxIN9EsdlXGUHBU7"
    "So4yjhJJqrRHeLpVrfnJHuoMeuume3lxSvDvndn53NMG17920aoffEza+e/Mm99vBt1PIC"
    "H/35m/9W56g+v+KfE/rOIJ+LHECP5YOIA/5o9ftfkmLqMmnFTqvPvwlQ0rucRjIs1zzW7F"
    "E75aioRKjKiaGCGJBWiT1epsJKWah/N2gjuYyI1TG7BvBcH8kUQTIF5G4bv/GiTYe6bKQM"
    "jgL6+vfgqap0sPJPF+YKjlZ/EurvMQSajqDmtU2kD7RRXYQwGFejXUMx7MlwkoPwuLoxXa"
    "HtNN2ssMkFGxtUpWyE6sSlsbLXPUMKSpTUaH/+C0yZyilUxmwMsGYsK4TWw+ngiHBEa6jP"
    "1xQ/2i5fHcMplXEK7PdO5Iex+aLb02gSxhM2s48XqlGMJOOLxajJatG1fJaPeRjwuTyXL5"
    "f04Gmf/Tq2+MtJc/9uPh4du37w5fvz15f3z07t3x+9dhNln21LLcso+9nzCzLPFDDVLNlD"
    "Hvuw7AUnlnG9W1Y0tBNVAzgsqKkdJGYClapbRIJKbiA+vmZKgJH+zh6N0IKsPBMlQwdnYp"
    "C5TvgOaEDZ/lf9fArWxrfhpRqAMS525wnIqAeFnwIGRkW1NCTQt5lE+60AlMhnQIXUy542"
    "TZ4NausmFetzapq3/m20ZK5i1JK8ShqkaYQ5HNwPvSNrGd0eaaTFzyV9uTP2SxyJu7kg2W"
    "Tl82NgXuIdtyVlKH7cKc4E8ewAqfmO1NJ6gKMvzmMGa2yb3tYuTtf00ppj9rWKKG6/cf5J"
    "RkutMHaOgXJPfjWvCj//LBhbKT2u4uu8YsF/VUYbZLCjVGld3apMdjL3dpr0tMpnEZ1W8O"
    "yyRmQavizLjDbPVt+D2tkqETiam0rLqw8SKrQE3WtEs2Eh3fJ5qzosVPL13PDGgYOFfLrm"
    "Yd30KKoZRTWB188TahyH8f2YLpxEsSP5Vrhcm+CSlC4NUQ3HSZ44VZ4gpj8Cm2kQsTfpft"
    "0ICKWWsiz2y7u4ujbfeLHzY6n8CfKBgU18EgftOyydR6CoJYPYXAv60Dcu43kt4QcngM2o"
    "Nrb0U1UCbfXZl8qxdP2H7NhJdbSk/K1CY5KS5NcpKpTKKsrRu1CXpzfPUytJFY83wVe8JC"
    "SgUeO+5wCGtN5WjAtNxWbek1GdyqycMvw+7CbM4cahfP9Czmdcm80lJedmjsMaGZDWwGGB"
    "V6tNveIRpRI6TzSIRk9SfkPmP+xLw0HekaJ0GhoA/+tmgeM/NWwFw3/M4uXGVvtplrw/vB"
    "KubKKA62Kw4WjE8uCXs+dj0mXuvA9d+6/d7F71r3U6d3eUri3+7MfhelPndubr5c989PSf"
    "L7nQlz3dVP3UA2/u3OvOmeXV+daxedMxnWnvia/o2WsqdsvM7Qy5PsGpmrNs+xvSqbRYbX"
    "4qi+tJwK7ls9pHLHFS5rhvYOSlyqalnF6DfLLKu2y1p3hqvTKJdSe1ctiKaKoe3LCCs7oK"
    "r2/9Ll0Gpa7d+zAlmGbs3NVqGVyD/fLmEp8pqWtBbdmoIbkUvM83WhS+yBAeaxCv4y90G2"
    "44LgTlcYfPIh66tL+8mgV/STZc1FO73yGg46pb1uQXtVSRjNX/9rZIEf2LnRgsGp52dVGK"
    "my9vcBNsUAAgfoaWTlljZwWIFtOUGZOGnpBMtHQatTgmlnU7rAWlK2a5rwWrSlOVyGIDhk"
    "DvMgMSyc+vyABw5TomU/spyJddc3gLEV91+tB1hb5c4uMu4aL/mDQ+CwLIE1/l+XuTLYQ+"
    "IaL6dlWkSifkAGExYEJgYBGWF8B3S07kTu3WI1S38k05x47Bc29z+wsVslQDRs36SQ7bXC"
    "Q2syscriyTmzalBUuXhKxcLEVSoXYmSX3NpKTlGyCLrM6ZBJuV4KrhOle8j9pORsB1PLzL"
    "bQM07coAmwYz8WOid3ZOtX23CgmCrot+mCflU3dllrQ5eaLQ9b3s8FnlI42gyU8Ck3XZED"
    "c+EakCeqloNWdvfUCCid5qQIlADYl1Po5qAL3Q9d22am0GwGT+iInOJXhRgXSCukc5DGqW"
    "jZxgOFIGcFFb4F+EqINIOPQvtIEuMBHD1nhqDFSGe7KDLD4B8dO9tD8CuqQFe3nz52+6/e"
    "ZOo8SiaseZkKWbiLAzXScmsFaqwEbozZPbjcENx0DvB6OeTujz+3g/RWwjYi3aTSWNR/FP"
    "YniqaCMpt0eK2510PDnF3VNnqonHbtbbaSm3Ad7sOyLNU62vLleZW/75MjzFVGsySWJfbT"
    "ndEK6VXRx5Jb8iy6eMir28HZP1BJHxmWpScEuSM/o11RGhMp8bYAyOj+u7ksGku705lYEM"
    "G+wcXQEEsl3kQupqfENR9Na262iQkdSN+Xgyne1JAdO7FbmrmCBJYE8sCGFG4QrQ5wSp4X"
    "lkVgTBeVI6aDrQbwIVXYdE3tqB73qmYVisuoeks5XKCK6ScUqHPY+coxnFuoryunkwzAy5"
    "27gYyK4KudfzdpGdErmU2D9g386Wx+fwep+WlzeDpAvwLIabkGgv32dRm0oVUh3PJcEm9r"
    "VljGphjshFADkd583soK2wesu3dAvSHe/OYBUueoRtJDkSbZTXdC1fclhk2RnBVJjs2EvV"
    "ghTSEup9IU6jzCU1hc6LgSk42JNHBJOi7Fr46X8KvjLL9SySAqGUQlgxRY2gW3mQ7D1Mo1"
    "todn28vt7bKdhpvnlrO5Y+gtXszbNsOXx+yKUzL3YuKIA68Pk4Zt3xTelsZr/4wfx2tD37"
    "glCOFendERNxiKoKkaEcqJVt7lldcIv3vMm7CKl4XH3Mlq/8PCtp8AEry8K/GsmGQDyXTD"
    "Mr1rEsfcZ0PridmLojJNifPPzLtey1XLNWHBZjr0Q4cBrgmW7R1SgVsazWZeNaXqtZjW6j"
    "Vnxoz8hH6i258qhLlOIcwvn7D40tPk9otarrI8xcSUFaDOVgClnyr9VOmnuVzpBhiOqV/I"
    "3cfzuFLi/FKu5MiW2kg2rVquPMNiDsilNeaoCzImNUO5hyOXxb3hOiNuT/N3jly/wzV0yv"
    "pMNC+qYW6HBjmMGrDgwnsGemEW4uJNnTOCjSBFyxbobWzurAq2FfPTZqnxqQwpb2pcZdxT"
    "sook15kkYyEezRFslh3mZeEFCbGVQgxqNqZ7sgfbc/z72mQDC/5smX3XgWdsmHuvyacdx3"
    "uKHCrtnXqGRctGpfmzgaTWq7TC9aBYy/1Xwe+DneF++TIIqrNwR9aH8SyDeeR5zd5UMYSa"
    "U2jF4b5HDieX6BVtnGlZNfL7NPKq3PIqE2ydRrlkHOOT9biihz0uqRS0Oo8yn2krRNgnpZ"
    "q3OcHmY+yltgDsPi/QvhjnpFTzcN5KAmF97OVZrPfDYL5Pfrn9Nw3szC13K0PQc4wIt0Fs"
    "erEJwQ2bPGs/OKOGEdZHiCogkIeF9KO1SedzzytjIAM05cXaxLYMg+nEnZGRbU29Xex/QN"
    "uBc0D61hw6dIXBn5gX7ykmbCEDQrMGh91eHis1DGw+HmMlSFgTMbrUXgRlIIVF7iVyWDDN"
    "ufdrj2PhciqLPsgqDI77IBGVlo8JnpTVGUrXY1D1F148qavYOFLnxagupLlC+QVVzkKVs9"
    "gvNqrKWTRWdx4i06i2uIYiKm+64hIbwT6iHKhaNdwjGQX8ysDL8r/VcA9FFOwrw87NEagD"
    "oE5r0xz0LwyLFjH5lGBqDEYouYejsATQ8+vbj5dd8rnfPevd9Pzak+GaIU/iITjAPY283+"
    "1c1mevBKmHn1nTGbW5k+/vTzdpP6u0wwsRtK6Q5il30IokvbxL+CI4tsL6g+i4l5lDUleW"
    "m7TgLgjh3i+Ww7xqhpiJ6SvfXiVD1IXzUzy3flW5C41ronMOQZI70cylFo7WArgcxiaIuY"
    "V9GN7GN7jXDTQ/AE1elj+neD/hFjaOOw3EdD7yf29r7+IQPnIVap4QalxK6fsS1Px98T4D"
    "+72hWF3m172j6BQ6w40Cq7GWuJQiLisTF29CrIx+QkzBvwZdD5a5qpw9LqcGYD19yeMLK2"
    "hNkaAagt1FQG+YzJ/T3BIt4bkS9B15aznefuNOQ8cXSPl+Lzjg+aDuD0joqQJu7R8k7gy5"
    "CjLY6QfPseUIEJZb6aIhEtgz0GN/q8Usbd/VRTccBqw8YMoDVh9erTxgygPWWA9Y7h5zqF"
    "sX0P/creUSivUe4rzMaAmKcjotVnmWlGfpOwJeeZaUZ6kGo9Bwz9J56KBoFeqkUZN2CdU0"
    "8niU01C9SiqBOyZwnKS9PtK/o3PP/SJtsR+wKaPDSeQMkpIjboPoxDX1gtzTbV9OaaW1nu"
    "qKtdK6eNheNqB9Cy42pfhvSVFValRlNUpGBlSbZUMRVXVkVVbph19UVF8jIYX8qsjbjDrV"
    "VrRIQiUXFhqz6sThL6wUjcycLMHbRxZerxRjx6gsWJg8DuwTaNmJzJhyZ8FOt4Y1bntMOh"
    "mz5W9d60Vr+W8THM4P/9rWhXLLUyfIXCSwXp1qReAVgX/BKW/DDD72q8iAXPiaJ4WaZJ07"
    "fHP07uj925Oj8EUPjyx7v7PrtKx/U22nkJhIA9/bzeyGWqd1+mcMYihcqL2zJVbqSdjw2Z"
    "X62ttIvk3oSDDbj6KQO7z7YRRkZNkxMxaqgaex72ghk+uqI7hhyMhqCv/9Em2yu+yqvauL"
    "btjOtvYaXf/g6Y1MWcXL7yObCQ1T5avYJBJC351lok7TU599ZUMP2/wZKmxQYpKy422f9w"
    "GYhJnCXnj8Hei8NwEkEi6orsPUISxPA2gT1/QKKugHpAfzgvR1ywgxUApMC5Mwcoz/27uO"
    "svorpaE55EspDTVegWNlF3Eyq6g1xGUa+OZuRm3IgJw3Q5vUXizBOAfgh4Xw3OJ7BvGySR"
    "c3cGjHMr8AyY+9q07/9/w9IIL2cc/Wx98H3c5L263rhvkOojDrneBYk7p4e5Hf+KJ6xN//"
    "D0vfsZk="
)
