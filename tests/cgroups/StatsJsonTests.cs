using System.Text;
using System.Text.Json;

namespace Keelson.Cgroups.Tests;

public class StatsJsonTests
{
    /// <summary>As runc 1.1.5 wrote it for a group with these files.</summary>
    [Fact]
    public void An_event_has_the_names_and_the_order_of_runc()
    {
        using FakeTree tree = new();
        tree.Add("cpuacct", ("cpuacct.usage", "30\n"), ("cpuacct.stat", "user 1\nsystem 2\n"), ("cpuacct.usage_percpu", "10 20 \n"), ("cpuacct.usage_all", "cpu user system\n0 4 6\n1 8 12\n"))
            .Add("cpu", ("cpu.stat", "nr_periods 3\nnr_throttled 0\nthrottled_time 0\n"))
            .Add("cpuset", ("cpuset.cpus", "0-1,3\n"), ("cpuset.mems", "0\n"), ("cpuset.cpu_exclusive", "0\n"), ("cpuset.mem_hardwall", "0\n"), ("cpuset.mem_exclusive", "0\n"),
                ("cpuset.memory_migrate", "0\n"), ("cpuset.memory_spread_page", "0\n"), ("cpuset.memory_spread_slab", "0\n"), ("cpuset.memory_pressure", "0\n"),
                ("cpuset.sched_load_balance", "1\n"), ("cpuset.sched_relax_domain_level", "-1\n"))
            .Add("memory", ("memory.stat", "cache 5\nrss 6\n"), ("memory.usage_in_bytes", "11\n"), ("memory.max_usage_in_bytes", "12\n"), ("memory.failcnt", "1\n"), ("memory.limit_in_bytes", "100\n"))
            .Add("pids", ("pids.current", "1\n"), ("pids.max", "20\n"))
            .Add("blkio", ("blkio.throttle.io_service_bytes_recursive", "8:0 Read 10\nTotal 10\n"), ("blkio.throttle.io_serviced_recursive", ""));
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
            CgroupStatsJson.Write(json, "box", tree.Open("cpuacct:cpuacct", "cpu:cpu", "cpuset:cpuset", "memory:memory", "pids:pids", "blkio:blkio").ReadStats());
        string expected = "{'type':'stats','id':'box','data':{'cpu':{'usage':{'total':30,'percpu':[10,20],'percpu_kernel':[6,12],'percpu_user':[4,8],'kernel':20000000,'user':10000000},"
            + "'throttling':{'periods':3}},'cpuset':{'cpus':[0,1,3],'cpu_exclusive':0,'mems':[0],'mem_hardwall':0,'mem_exclusive':0,'memory_migrate':0,'memory_spread_page':0,"
            + "'memory_spread_slab':0,'memory_pressure':0,'sched_load_balance':1,'sched_relax_domain_level':-1},'memory':{'cache':5,"
            + "'usage':{'limit':100,'usage':11,'max':12,'failcnt':1},'swap':{'limit':0,'failcnt':0},'kernel':{'limit':0,'failcnt':0},'kernelTCP':{'limit':0,'failcnt':0},"
            + "'raw':{'cache':5,'rss':6}},'pids':{'current':1,'limit':20},'blkio':{'ioServiceBytesRecursive':[{'major':8,'op':'Read','value':10}]},'hugetlb':{},'intel_rdt':{},"
            + "'network_interfaces':null}}";
        Assert.Equal(expected.Replace('\'', '"'), Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Theory]
    [InlineData("0-3,7", "0,1,2,3,7")]
    [InlineData("\n", "")]
    [InlineData("5", "5")]
    [InlineData("3-x,2", "2")]
    public void Sets_are_spread_out(string text, string set) => Assert.Equal(set, string.Join(',', SharedStats.ParseSet(Encoding.UTF8.GetBytes(text))));
}
