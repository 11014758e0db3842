using System.Diagnostics;
using System.Security.Cryptography;
using Identity.Server.Status;
using Xunit;

namespace Identity.Server.Tests.Status;

public sealed class IndexPermutationTests
{
    private static readonly byte[] Key = SHA256.HashData("a day"u8);
    private static readonly byte[] NextDay = SHA256.HashData("another day"u8);

    [Fact]
    public void No_two_numbers_of_a_whole_list_share_an_index()
    {
        var permutation = new IndexPermutation(Key, StatusNames.ShardSize);
        var taken = new int[StatusNames.ShardSize];
        var watch = Stopwatch.StartNew();
        Parallel.For(0, StatusNames.ShardSize, number => Interlocked.Increment(ref taken[permutation.Permute(number)]));
        TestContext.Current.SendDiagnosticMessage($"{StatusNames.ShardSize / watch.Elapsed.TotalSeconds:F0} indices a second");
        Assert.All(taken.Chunk(65536), chunk => Assert.DoesNotContain(chunk, count => count != 1));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1000)]
    [InlineData(StatusNames.ShardSize)]
    [InlineData(3L * StatusNames.ShardSize)]
    [InlineData(1296L * StatusNames.ShardSize)]
    public void The_number_comes_back_from_the_index(long capacity)
    {
        var permutation = new IndexPermutation(Key, capacity);
        foreach (var number in new[] { 0, 1, capacity / 2, capacity - 1 }.Distinct())
        {
            var index = permutation.Permute(number);
            Assert.InRange(index, 0, capacity - 1);
            Assert.Equal(number, permutation.Invert(index));
        }
    }

    [Fact]
    public void Neighbours_and_days_cannot_be_linked()
    {
        var (today, tomorrow) = (new IndexPermutation(Key, StatusNames.ShardSize), new IndexPermutation(NextDay, StatusNames.ShardSize));
        var pairs = Enumerable.Range(0, 2000).Select(number => (X: (double)today.Permute(number), Y: (double)tomorrow.Permute(number))).ToList();
        // Correlation of two independent series of 2,000 stays under 0.1 but once in 100,000 runs; and these keys are fixed.
        Assert.InRange(Math.Abs(Correlation(pairs)), 0, 0.1);
        Assert.InRange(Math.Abs(Correlation([.. pairs.Zip(pairs.Skip(1), (a, b) => (a.X, b.X))])), 0, 0.1);
        Assert.InRange(pairs.Count(pair => pair.X == pair.Y), 0, 3);
    }

    private static double Correlation(IReadOnlyCollection<(double X, double Y)> pairs)
    {
        var (meanX, meanY) = (pairs.Average(pair => pair.X), pairs.Average(pair => pair.Y));
        return pairs.Sum(pair => (pair.X - meanX) * (pair.Y - meanY))
            / Math.Sqrt(pairs.Sum(pair => Math.Pow(pair.X - meanX, 2)) * pairs.Sum(pair => Math.Pow(pair.Y - meanY, 2)));
    }
}
