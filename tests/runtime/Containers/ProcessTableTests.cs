namespace Keelson.Runtime.Tests.Containers;

public class ProcessTableTests
{
    [Fact]
    public void Lines_of_the_wanted_processes_stay_under_the_heading()
    {
        const string Table = "UID          PID    PPID  C CMD\nroot           1       0  0 /init 20\nroot          20       1  0 sleep 1\nroot         200       1  0 sleep 20\n";
        Assert.Equal("UID          PID    PPID  C CMD\nroot          20       1  0 sleep 1\n", Container.SelectLines(Table, [20, 77]));
    }

    [Fact]
    public void The_column_of_process_IDs_may_be_the_last() => Assert.Equal("COMMAND PID\nsleep 7\n", Container.SelectLines("COMMAND PID\nsleep 7\ncat 8\n", [7]));

    [Theory]
    [InlineData("COMMAND\nsleep\n")]
    [InlineData("PPID\n1\n")]
    [InlineData("")]
    public void A_table_without_process_IDs_is_an_error(string table) => Assert.Throws<KeelsonException>(() => Container.SelectLines(table, [1]));
}
