"""The indexes of the lists and the search of administrators."""

from tortoise import BaseDBAsyncClient

# Made while users register and log in. What was broken off is made again.
RUN_IN_TRANSACTION = False

_INDEXES = {
    "idx_users_created_eeb5e9": '"users" ("created_at", "id")',
    "idx_audit_event_action_0d3a78": '"audit_events" ("action", "at")',
    "users_trigrams": '"users" USING gin (user_trigrams(email, display_name))',
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    for name, definition in _INDEXES.items():
        await _index(db, name, definition)
    # Until it is analysed, Postgres does not know how many users the new index finds.
    return 'ANALYZE "users"'


async def _index(db: BaseDBAsyncClient, name: str, definition: str) -> None:
    found = await db.execute_query_dict("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", [name])
    if found and found[0]["indisvalid"]:
        return
    if found:
        # Broken off half-way, it is of no use.
        await db.execute_script(f'DROP INDEX CONCURRENTLY "{name}"')
    await db.execute_script(f'CREATE INDEX CONCURRENTLY "{name}" ON {definition}')


async def downgrade(db: BaseDBAsyncClient) -> str:
    return "".join(f'DROP INDEX IF EXISTS "{name}";' for name in _INDEXES)


MODELS_STATE = (
    "eJztXVtz2zYW/isYvTQ7o/U2jnOpu7Mzsi23ahM7K8vNduuODJGQhJgCVRK0o+n2v+854P"
    "0mk7pSDF9sCcQBxA/kwbnjz9bM1JlhH3XmfGA+MNE6JX+2BJ0x+JC61iYtOp+HV7BB0pGh"
    "OtM5H0rspprpyJYW1SRcGVPDZtCkM1uz+FxyE2dpdYhhisnfDf7IdKJZTGdCcmockcGUEa"
    "4TbhMJn+4/S35PzDHh0iY/fRq0ydOUa1O8bE/NJ0FMoTFChU6EKYktTRjpCH+BbmrwE7iY"
    "7GIyR/A/HAb3P2EwjgVT/vY7NHOhsy/Mxq+/tRwbLkAjTE8l04dUtn7HTvOH4ZgzQ49Bz3"
    "XsqtqHcjFXbbe3vYtL1RNvbzTUTMOZibD3fCGnpgi6Ow7Xj5AGr02YYBZOG1kQ4RiGt3p+"
    "k3sf0CAthwU3oIcNOhtTx8Blbf1z7AgNV5OomfDPyb+8nxbpNhxeXQ+GN93BcNhKPQX4Ex"
    "Jr5TVppsAniAuJ8P35lztuCIhqbeEE5z92+i9evfmbgsC05cRSFxVcrb8UIZXUJVVLEaKs"
    "/qdwPp9SKxtnv38Cafihq2DsN4Qgh6+KD58P0BYgbc3ol6HBxERO4eu7b5dA/Eunr1B+96"
    "1C2YQ3233pr7wrx+oSgh2CO4WJyoDr968juEWwzYc2iaytmThCCtufbq6vsrENKRLo6lyT"
    "5H/E4LY8QJSXwIpY4Mgz2/7DiOL54kPnP0moz99fnyXZBw5wlgA+3PaKAh9SrAW8x32/Vt"
    "zhvqU9nDNrOOPCkRk8uydk9gJkkSaWwuM7h7UE8HPh39+PX568PXn36s3JO+iifmfQ8nbJ"
    "KvWuBgmII1JJCtwLuCL5jGUjHKdMPuYe6ZH/4QC5TAtuUL8WxsJ7CpbgOuh96N4MOh8+xl"
    "6Bi86gi1eOVesi0friTeK1CAYhn3qDHwl+Jf+9vuom35Sg3+C/LfxN1JHmUJhPQ6pHJDa/"
    "1Ucttursy5zDaCusepyyhqt+IKvsY7J0mS32CJrZKi93nHIDy1wxNlqnVQZJg63GwuOUzS"
    "pXeZUNasuhY6+0zknaZqUPY6X5HOlg6AzdI1+hzqNfScGu2DrH9euT1wUU7JPXuRo2Xkpo"
    "HDZoDOWMcBGSTVriqvtCPWN4Q9vm+CHT7uabQuPQXpoW4xPxM1sogHvwO6jQsjQ2zzB96w"
    "1zmJCGreHrZdGnwBgcfaDg3t09WuHeuTnvXHRbCuER1R6eqKUPY1DjFfPYTLQEfdOXZsez"
    "ZAsVdKLAwbvA3xxFPcNN4K9GvosAb6iwd8BiE25LZjGdIN0RuWczyo17NMYL05pRgwNrax"
    "PbJFxio7u85InDo+JIpIdbJdIkGrVZlktgCzMU8QPE9WVY38YLsF8vgFr1MhtrQLAZU/Xz"
    "KO9sIz1+fVJgJ4VeuVupuhbfSxVcw0dmcRh0FbE1c4BGdq2y7Dqntv1kwlaj8wmzS/mBMk"
    "hr6BI6fl1EZoVeS960lNSqc3tu0MWwrF8zSVc/DWHz7k3D1KhRCuWQYnfPc8sN29g+wC/f"
    "FAD4ZZIlhQDjpTjAlpkHb1c4s5SKEDdbmjsH+vam2y8JtaI5Jfj3TnQuPvSuTon6lxRW9+"
    "BjbvxB+bjX1x9kO/acAaqrrHuSthHQKi2gGVSUNHBFSLZr4Nql/rMV+xYitQH71kdvmINE"
    "9FnzVuRxipm3+vBs93vng2X2rRDqeNhpHPAzj/by5z4zqLqPXKyjQa4Hth/lAR4PXUIVWo"
    "N7XROnDzDOOXysK04W08xHZi02gVXfG6vOeNnMtmHcNZG6cUepE0ilTPBRPGEo4HZUk2aG"
    "j8QH9VqwgQl/ikCLA14G4x2kyJUNbwmnRcfRuew+MjVAOsMhvNpemuOA/YYMOxb0Y3yaUk"
    "mmMCKgrlwFVBCqaaYjZJs8WVxKJggXKvsAhhI2dY3p0OSlHoTkaR/GRke/E3fiyiRjV0oh"
    "D2xhnxJKLPMJfR9we2YwJPRRU8GX2VxiwoT7DR5OZrWVg4RAF99REv6qIwIz4IgatI3Ynd"
    "CmVMCCHZEO9nGH0mdccAQWf6ufgjGlNrmnY8ms+zZSYwLGiBEvcoUwjv4W/L0AzmTCLLzH"
    "j57QRiw2doBRwe2WytbwpBNM1GiT31oueH5L47TZq9OmvH66S3tERTSYg9NK9xZ2Uc1tb6"
    "V3JvKOBAyrqIk6pKihy+WkiA/gJN8HcJLyASihavgAd7eqoTo+QpVBb91031+eEvx7Jzof"
    "e8PB9c9dNFj7H+Mm7Dtx8+vNoPsBKNT/O/FL76Y3uO6fEu/DKkbu7wqs4He5C/hd9vqV4z"
    "dRmobhJBLTnNFnppXy9kZI6ud13IqTd7Vg0CYEdKUQUNAmy2Wxxqnqh/N24haYzAzBGrAv"
    "OWl9IUUdIF4mwnf/M4hJ76l8ykCCf3999YPfPZlkGcd7xFDLT+Odn8caUjR5rKvnsSr7RR"
    "nYA4IG9XKop5xz+4mVPg9KjeTaHpNd2ssMkGHpklJWyE6k5kkbLXPUMJSpTQU+f2O3yRNF"
    "K5nK9VMd5JRxi1h8MpU28Y10KfvjhsZFy+OFKZhbXqXPdG4rex+aLd0+Pi1hc1ObuqNSjM"
    "4mHB4tRotWYSlltDvjk9y08kz5PyOR3Hv1qhv+66aRf3d8/OrV2+NvX7159/rk7dvX774N"
    "8snTl5Yllp/1fsDc8tiL6iebN8a8rzq2qEmp2qiuHdkKyoGaImysGAltBLaiVZKoQ7Im9K"
    "1qToaKyIM9XL0bSVWkU0oUjFxdKgWqZ2BoBx2flf+uQbayzKfTUIQ6IlHZDdqp9AUvE26E"
    "jC1zRqgwUY7yhC50AhONajDEjNt2Whrc2iwbluvWFuqqn9S1keJASzLmcKnKCcwByWbg3b"
    "dNbGdic0UYl3pre+pFloss3hXvsJR9WdgVZA/Vl7OCOmwXeILHPEAqfGSWy05QFWT4zWZM"
    "tMm95WBQ6T9mFDN7hxabG1y//16xJOHMRtDRK+/pxbXgR+/hg4nSTG13067B5cKRSnC7OF"
    "FtVNmtMT0eebgLe10iNLVLFn55XCTnCHrlJ30dp2tbwvu0SvJJSNZkHFVFGs+zClRkT3vP"
    "xrLj+UQzdrTo5aX7mQEdfedq0d2s41lIMZRyBruDR94mFOXfB7ZgOnHzn0/VXiHYF6lICD"
    "wakguH2W6YJe4wBp9hH7Ux4XfVDw2omJAls8y2u5scbbufvLDRpyn8CYNBcR/04zdNi8zM"
    "Rz+I1VUIvJ91RC68TsobQo5fg/bgWFtRDRqT765MvuXrAmy/HMD+ttI3RcpuvMmvuvEmVX"
    "SjsbZu1Cbo8vjyBfdCsvr5Kg5ECikUeGw7mgZ7TelowCTdVm3pFVncsnmx+5HugkTFDNEu"
    "msSYL9fFUyYLedmhsysJzS2QZkCiQo92222ioWiE4jwKQqqwEco+E/7I3DQd5Ronfg2c77"
    "1DRlzJzN0BM93wO5u4zEknc8eC54OVzJVpZLBdyWD++mQKYc/HrkfIKx24/ku337v8ddj9"
    "0Om9PyXRb3ei30Wqj52bm0/X/YtTEv9+J4DXXf3Q9Wmj3+7ETff8+upieNk5V2Htsa/Jd7"
    "SQPWXjJXT2L2RXyFy1eRnbLSCZZ3jNj+pL0jXBfauHVO64eGPF0N5B9camEFQ++vUyyzYH"
    "g6zL4aq0yoXU3lVrfTV1vg5lhRs7YFPIft+VvipayN61ApmGbj6JVq6VyLveLmApcrsWtB"
    "bdCsmN0CXm+rrQJTZigHmkOL3KfVD9uCR4pgcGn3yf9tUl/WQwKvrJ0uainc68hoOu0V63"
    "oL02SRj13/8rZIEfWJnRgv6l57kqrFRR+/sAu2IAgQ3iaWjlVjZw2IEtxaAEMi33/G7odU"
    "ow7WxGF1hLynKEgMeirczhKgTBJk/AB4lhIuvzAh44sETTemAZjHXXPwBjK+4/myPYW+/9"
    "I8zVlN/YBJpVCazJvx3mqGAPhWu0nJYwiULdPQXdC0z0AzKC+A4YaF1G7v7Ecpb+kKY+8d"
    "h7NveP2MQpEyAa9K9TyPZa4aEVYayqLnAGV/XrBeezVKy5W6ZyIUZ2qVObFItS9b1VTodK"
    "ynVTcO0w3UMdlaS4HbCWuWWiZ5w4fheQjr1Y6Izcka3PtuFAsaag36YL+pU9s2Sts0oqtj"
    "1s+aiSKhyfXsftIBtjnWakCBQA2KNr0M06nd4UmmNZTMihxeAObZlR/CoX4xzqBukMpJEV"
    "LaupnwtymrDBNwdfBdHQ4OPAPhLHeACtF8yQNB/p9BB5Zhj8o+NgBwh+SRXo6vbDWbf/4m"
    "WqzmMoCRcN0Qgp1grOWAnQiDQ3crghubCPcL59CHT7KMgUd6+sebJAzVwr5Y4VKJ3kK7nF"
    "9J9ZToZvcLW9PL1X9RtiAfmChjvMkoXJ3NJRHj16GE7Jk6sXEptPsMQ992u5621lSfOueL"
    "YsC8bGsliEu7m2Y24wJJk7kiBCGRa7Xc68hgr6kKWD5utGD5lK6OGrRtt3gvgPb3lnSJyy"
    "hnEvNYt2qogtL3ZGUCbXjZ8htIzvJk8uKpeygEULqOaZzwCuKaaua1RiWb/53M0oKJ+PsN"
    "aoGRwzzC7wnL2/N2a8Kpnx9u+03zeb3H5i5yrbU4SsCdirmsO+CdhrAvaagL1nZaXYUXYZ"
    "slLyqLt8WSl2yl7Zkh0pKeaIvDcnHHVBxpRmqOoYc1XgAuYZc2uWXT15/QHX0Cmrw2j2qm"
    "FuRwyyGTVgw4XnDPTCDAtv7sEGKcJaCEXLNuhtHHDQJC3ly6f1UuMTXkKXNa6y7gnaRkiu"
    "spCMwehDW7J5hnNgSVBhjGwl92TF1vRA6pA+J3/7pxlvWfqugpyxYdl7TXnaPXU7U5QODu"
    "ReJkWHZ38XkZ8NFGrdaGOu+wHL958lv/ero/70aeBHKHNbxUi7lsEs4XnN0ZqAwIqL0I0M"
    "9zXKcGqLXtHGmaRtVv6QVr4pObAKg63SKhcS3b3TwFbysEcpGwWtyqvcHFLbHFK7P5y3ck"
    "htdezllc2OrpFf7vBNAztzy93adJIZu+ReaC8zIThBl2ftB+fUMGxU7TFjGutLkBe3g/O/"
    "kdFC+dHapPOxR1RcvArQVJO1iWUaBtOJM3cPm1InuXyDtgP7iPTNJxjQkQZ/ZG68p5yyhQ"
    "oITRscdjs9pnYPLD6ZYDYk7InqsJmFnwopTXKvkMOkIfveq7+BxTuoyuOeYtK47YwUosry"
    "McWLaOdghau44j02pVsrmstd5c2oKkJzifLubjpNOTyjNM0RmhkJN2Uk0oCgFu7uHUijij"
    "unAF6uQPs0jYWk0rqzhpJGuc01IKlTzuVOttgQ9jHlIKqVwz2kaYBfGXiVAl8O94CkgX1l"
    "2LkYgzoA6vRwloH+pWHSPEk+QZhYgzFSHuAqLAH04vr27H2XfOx3z3s3PS8jNtgz1EVsgg"
    "buauT9bud9deoFKT38gmZmdQbX2s+q6UrZLKar3zizQFcGKk9VhgZXbQWNNVBuTeE3gpaM"
    "EgiqqbPvXV3YlkCsKlCqI98IBb3Wq1CW1tB3NWlz5lylOVyjNDdK80Hi2SjN21aaM0szoc"
    "6ck5mYWZEppi4fIM7L5BxQf5OR9I0y2iijXxHwjTLaKKMVWIWaK6OXZkIxSl1sP6+Ojk2c"
    "r120whBIX1xFRING6B5UTrGqrGkYzhxLZaPaaJgT79BMVRBoTi3p0qBLl7ruW+I9StCcXV"
    "BoWxNlVsMIKCMPOX5bqyxGo5LuSiWNLV9RuT9GVEPZ/10Byf9dfv3bpNQfeStSIOc+5nGi"
    "Ou3sGytlqcLtyxUmi5DU8Lk9KVK5+SS/cvOJqtxcpX36RzSA5m7U7tUCO/U06PjsTn0t1F"
    "EUbe8oIdcCqw7B8E+mGJuW2lbH3LIlQU38NPIdDb/egRvcMNQ5F6CO+hlharj0rr2rSTds"
    "OV57j6580uRmWFb+9vvA5nKIkXllzEIxoq/OOFQl9tRnn5nmYpvNoYIOBZiUFe37fDarIE"
    "xIa+HK7yDOuwxAMx3DPdxnxDBuE1iHNF0NoE0c4cZv6kekB3xB2cmUdwmUAmES25ll5Llu"
    "b57Gj9UoDfURvhqlocI7cPTEYWBmJbWGKE0Nn9zNqA0pkLM4tKDWYgnGGQCPFtItJntgEC"
    "9jul6Z+iAWFJA86111+r9ml5w6yyhrf/broNtJoG4xapfjySFFDR/rrXhwm0NK6xLxvFc9"
    "4q//Ay13aA0="
)
